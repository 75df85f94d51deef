import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import type { ConnectionSettings } from '../../../src/config/types.ts'
import { fetchCertificates } from '../../../src/wire/connect/certificates.ts'
import { routeTo } from '../../../src/wire/connect/route.ts'
import {
  type Authority,
  authority,
  fingerprint,
  type Identity,
  selfSigned,
} from '../../support/certificates.ts'
import { answer, hang, nobody, type RawServer, raw } from '../../support/raw.ts'
import { connect, hitsOf } from '../_connect.ts'

const HIT = '{"_id":"1"}'

/** The result of a search by an alias with only a fingerprint. */
async function asked(
  t: ExecutionContext,
  { url }: RawServer,
  pin: string,
  more: Partial<ConnectionSettings> = {},
) {
  const connection = connect(t, url, { tls: { verify: true, caFingerprint: pin }, ...more })
  const { hits, error } = await hitsOf(connection, { timeout: 5000 })
  return { hits, fault: error?.fault, said: error?.message.replaceAll(url, 'NODE'), advice: error?.advice }
}

/** Root, intermediate and leaf; the chain is what the node sends. */
async function chain() {
  const root = await authority()
  const between = await root.intermediate()
  const own = await between.issue()
  return { root, between, own }
}

const presenting = (own: Identity, ...others: Authority[]): Identity => ({
  ...own,
  cert: own.cert + others.map(({ pem }) => pem).join(''),
})

test('any certificate of the chain can be pinned', async t => {
  const { root, between, own } = await chain()
  const node = await raw(t, answer([HIT]), { tls: presenting(own, between, root) })
  for (const pem of [root.pem, between.pem, own.cert]) {
    t.deepEqual((await asked(t, node, fingerprint(pem))).hits, [HIT])
  }
})

test('a self-signed certificate can be pinned', async t => {
  const own = await selfSigned()
  t.deepEqual((await asked(t, await raw(t, answer([HIT]), { tls: own }), fingerprint(own.cert))).hits, [HIT])
})

test('a pinned certificate that the node does not send', async t => {
  const { root, between, own } = await chain()
  const node = await raw(t, answer([HIT]), { tls: presenting(own, between) })
  t.deepEqual(await asked(t, node, fingerprint(root.pem)), {
    hits: [],
    fault: 'untrusted',
    said: `logs: NODE: the node does not present the certificate of \`tls.caFingerprint\`; the top of the presented chain is CN=esconn test intermediate, SHA-256 ${fingerprint(between.pem)}`,
    advice:
      'the node may not send the certificate of its authority: in that case put its PEM file in `tls.ca` instead',
  })
  t.is(node.requests.length, 0)
})

test('a node that presents another authority', async t => {
  const [ours, other] = [await authority(), await authority()]
  const node = await raw(t, answer([HIT]), { tls: presenting(await other.issue(), other) })
  const { fault, advice } = await asked(t, node, fingerprint(ours.pem))
  t.is(fault, 'untrusted')
  t.regex(advice ?? '', /^someone may be intercepting the connection/)
})

interface Attack {
  /** What the attacker presents, with his own key. */
  forged: (ours: Authority, theirs: Authority) => Promise<Identity>
}

/** An attacker's server gets nothing but handshakes. */
const isCaught = test.macro(async (t, { forged }: Attack) => {
  const ours = await authority()
  const theirs = await authority()
  const seen: Buffer[] = []
  const node = await raw(t, answer([HIT]), {
    tls: await forged(ours, theirs),
    greet: socket => socket.on('data', bytes => seen.push(bytes)),
  })
  const { fault, said, hits } = await asked(t, node, fingerprint(ours.pem), { auth: { apiKey: 's3cret' } })
  t.deepEqual([fault, hits], ['untrusted', []], said)
  t.is(Buffer.concat(seen).toString(), '')
  t.regex(
    said ?? '',
    /^logs: NODE: the node (?:presents|does not present) the certificate of `tls\.caFingerprint`/,
  )
})

test("an attacker with a leaf of another authority and our authority's certificate", isCaught, {
  forged: async (ours, theirs) => presenting(await theirs.issue(), ours),
})
test("an attacker whose authority has our authority's name", isCaught, {
  forged: async (ours, theirs) => presenting(await theirs.issue(), theirs, ours),
})
test("an attacker with a self-signed certificate and our authority's certificate", isCaught, {
  forged: async ours => presenting(await selfSigned(), ours),
})
test("an attacker with our node's certificate as an authority", isCaught, {
  forged: async ours => {
    const { cert } = await ours.issue()
    const own = await selfSigned()
    return { ...own, cert: own.cert + cert + ours.pem }
  },
})

/** A node that presents its authority, and the fingerprint of that. */
async function node(t: ExecutionContext, options: object = {}) {
  const ours = await authority()
  const greeted: number[] = []
  const server = await raw(t, answer([HIT]), {
    tls: presenting(await ours.issue(options), ours),
    greet: () => greeted.push(1),
  })
  return { ...server, pin: fingerprint(ours.pem), handshakes: () => greeted.length }
}

test('host name and dates are verified all the same', async t => {
  const elsewhere = await node(t, { host: 'es1.example' })
  t.regex(
    (await asked(t, elsewhere, elsewhere.pin)).said ?? '',
    /is not for 127\.0\.0\.1 but for es1\.example$/,
  )
  const tls = { verify: true, caFingerprint: elsewhere.pin, serverName: 'es1.example' }
  t.deepEqual((await hitsOf(connect(t, elsewhere.url, { tls }))).hits, [HIT])
  const old = await node(t, { until: new Date('2026-01-02') })
  t.regex((await asked(t, old, old.pin)).said ?? '', /has expired \(CN=esconn test node, on 2026-01-02\)$/)
})

test('the pinned certificate is looked up once', async t => {
  const server = await node(t)
  const connection = connect(t, server.url, { tls: { verify: true, caFingerprint: server.pin } })
  t.deepEqual((await hitsOf(connection)).hits, [HIT])
  t.is(server.handshakes(), 2)
  t.deepEqual((await hitsOf(connection)).hits, [HIT])
  t.is(server.handshakes(), 2, 'the connection is used again')
  await Promise.all([hitsOf(connection), hitsOf(connection), hitsOf(connection)])
  t.is(server.handshakes(), 4, 'further connections are opened without another look-up')
})

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`${maxVersion}: a client certificate is sent only to the pinned node`, async t => {
    const ours = await authority()
    const { cert, key } = await ours.issue({ name: 'ada' })
    const theirs = await ours.issue()
    const options = { requestCert: true, ca: ours.pem, maxVersion }
    const good = await raw(t, answer([HIT]), { tls: { ...presenting(theirs, ours), ...options } })
    const tls = { verify: true, caFingerprint: fingerprint(ours.pem), cert, key }
    t.deepEqual((await hitsOf(connect(t, good.url, { tls }))).hits, [HIT])
    let shown = 0
    const evil = await raw(t, answer([HIT]), {
      tls: { ...(await selfSigned()), ...options },
      greet: () => shown++,
    })
    t.is((await hitsOf(connect(t, evil.url, { tls }))).error?.fault, 'untrusted')
    t.is(shown, 0)
  })
}

test('a node that is down, or does not answer', async t => {
  const pin = '0'.repeat(64)
  const down = { url: (await nobody()).replace('http:', 'https:'), requests: [] }
  t.deepEqual(await asked(t, down, pin), {
    hits: [],
    fault: 'unreachable',
    said: 'logs: NODE: connection refused',
    advice: 'is the cluster running, and is `node` of the alias its address?',
  })
  let closed = 0
  const silent = await raw(t, hang, { greet: socket => socket.once('close', () => closed++) })
  const url = silent.url.replace('http:', 'https:')
  const connection = connect(t, url, { tls: { verify: true, caFingerprint: pin } })
  t.is((await hitsOf(connection, { timeout: 200 })).error?.message, `logs: ${url}: no answer within 200ms`)
  while (closed === 0) await sleep(10)
  t.is(closed, 1)
})

test('the certificates that a node presents', async t => {
  const { root, between, own } = await chain()
  const { url } = await raw(t, answer(), { tls: presenting(own, between, root) })
  const found = await fetchCertificates(routeTo(url, { tls: { verify: true } }))
  t.deepEqual(
    found.map(({ fingerprint, subject, issuer, selfSigned }) => ({
      fingerprint,
      subject,
      issuer,
      selfSigned,
    })),
    [
      {
        pem: own.cert,
        subject: 'CN=esconn test node',
        issuer: 'CN=esconn test intermediate',
        selfSigned: false,
      },
      {
        pem: between.pem,
        subject: 'CN=esconn test intermediate',
        issuer: 'CN=esconn test authority',
        selfSigned: false,
      },
      {
        pem: root.pem,
        subject: 'CN=esconn test authority',
        issuer: 'CN=esconn test authority',
        selfSigned: true,
      },
    ].map(({ pem, ...others }) => ({ fingerprint: fingerprint(pem), ...others })),
  )
  t.deepEqual(found[0]?.names, ['localhost', '127.0.0.1', '0:0:0:0:0:0:0:1'])
  t.true((found[0]?.validFrom ?? 0) < new Date() && (found[0]?.validTo ?? 0) > new Date())
  t.is(fingerprint(found[1]?.pem ?? ''), fingerprint(between.pem))
  t.deepEqual(await fetchCertificates(routeTo('http://127.0.0.1:1', { tls: { verify: true } })), [])
})
