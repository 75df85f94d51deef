import test, { type ExecutionContext } from 'ava'
import { configured } from '../support/configured.ts'
import { esconn } from '../support/esconn.ts'
import { answer, hang, raw, reply, type Script } from '../support/raw.ts'

/** The result of a command with an alias with these fields, and what the server received. */
async function asked(t: ExecutionContext, fields: object, script: Script | Script[] = answer()) {
  const { url, requests } = await raw(t, script)
  const cwd = configured(t, { aliases: { default: { node: url, ...fields } } })
  const outcome = await esconn(['search', 'entry', '--body', '{"size":1}'], { cwd })
  return { ...outcome, requests }
}

test('headers reach the cluster', async t => {
  const { status, requests } = await asked(t, { headers: { 'X-Team': 'search', 'X-Key': 'k' } })
  t.is(status, 0)
  t.deepEqual([requests[0]?.headers['x-team'], requests[0]?.headers['x-key']], ['search', 'k'])
})

test('the timeout is that of the alias', async t => {
  const { status, stderr } = await asked(t, { timeout: '400ms', retries: 0 }, hang)
  t.is(status, 28)
  t.regex(stderr[0] ?? '', /no answer within 400ms$/)
})

test('retries are those of the alias', async t => {
  const busy = reply('', 503, { 'retry-after': '0' })
  for (const retries of [0, 2]) {
    const { status, requests } = await asked(t, { retries }, busy)
    t.deepEqual([status, requests.length], [75, retries + 1])
  }
})

test('a body is compressed, and a compressed reply requested', async t => {
  const { status, requests } = await asked(t, { compression: true })
  t.is(status, 0)
  t.is(requests[0]?.headers['content-encoding'], 'gzip')
  t.regex(requests[0]?.headers['accept-encoding'] ?? '', /gzip/)
})

test('readonly applies', async t => {
  const { status, requests } = await asked(t, { readonly: true })
  t.deepEqual([status, requests.length], [0, 1])
})

test('-v shows what the cluster warns of, each once', async t => {
  const warning =
    '299 Elasticsearch-9.5.3-abc "[x] is deprecated, \\"y\\" is not", 299 Elasticsearch-9.5.3-abc "second"'
  const { url } = await raw(t, [reply('', 503, { warning, 'retry-after': '0' }), answer(['{}'])])
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const { stderr } = await esconn(['search', 'x', '-v'], { cwd })
  t.deepEqual(
    stderr.filter(line => line.startsWith('the cluster')),
    ['the cluster warns: [x] is deprecated, "y" is not', 'the cluster warns: second'],
  )
  t.is((await esconn(['search', 'x'], { cwd })).stderr.length, 0)
})
