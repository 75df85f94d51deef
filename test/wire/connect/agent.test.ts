import { inspect } from 'node:util'
import test from 'ava'
import { ConfigError } from '../../../src/errors.ts'
import { authority, encrypted, fingerprint } from '../../support/certificates.ts'
import { answer, raw } from '../../support/raw.ts'
import { connect } from '../_connect.ts'

test('a fingerprint cannot be used with an http:// node', async t => {
  const { url, requests } = await raw(t, answer())
  const connection = connect(t, url, { tls: { verify: true, caFingerprint: '0'.repeat(64) } })
  const error = await t.throwsAsync<ConfigError>(connection.cat.indices(), { instanceOf: ConfigError })
  t.is(error?.message, `logs: \`tls.caFingerprint\` cannot be used with ${url}`)
  t.is(error?.advice, 'a node presents a certificate only if its URL begins with https://')
  t.is(requests.length, 0)
})

test('inspecting an agent shows no key', async t => {
  const ours = await authority()
  const own = await ours.issue()
  const node = await raw(t, answer(), { tls: { ...own, cert: own.cert + ours.pem } })
  const { cert, key } = await ours.issue()
  const secret = { cert, key: encrypted(key, 's3cret'), passphrase: 's3cret' }
  for (const trust of [{ ca: ours.pem }, { caFingerprint: fingerprint(ours.pem) }]) {
    const connection = connect(t, node.url, { tls: { verify: true, ...secret, ...trust } })
    await connection.search()
    const [{ agent } = {}] = connection.connectionPool.connections as { agent?: object }[]
    t.is(inspect(agent, { depth: 9, showHidden: true }), `{ node: '${node.url}' }`)
    t.is(JSON.stringify(agent), `{"node":"${node.url}"}`)
  }
})
