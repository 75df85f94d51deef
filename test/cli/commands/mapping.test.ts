import test from 'ava'
import { request } from '../../cluster/request.ts'
import { onServers, uniqueName } from '../../cluster/servers.ts'
import { configured } from '../../support/configured.ts'
import { esconn } from '../../support/esconn.ts'
import { raw, reply } from '../../support/raw.ts'

const eachServer = onServers(test)

eachServer("the cluster's own bytes, indented on a terminal", async (t, { url }) => {
  const index = uniqueName('mapped')
  const mapping = '{"mappings":{"_meta":{"n":9007199254740993},"properties":{"text":{"type":"keyword"}}}}'
  await request(url, `PUT /${index}`, mapping)
  const indices = { entry: index, words: { index, query: { term: { text: 'words' } } } }
  const cwd = configured(t, { aliases: { default: { node: url, indices } } })
  const { text } = await request(url, `GET /${index}/_mapping`)
  t.true(text.includes(mapping.slice(1, -1)), text)
  for (const name of ['entry', 'words', index])
    t.deepEqual(await esconn(['mapping', name], { cwd }), { status: 0, stdout: text, stderr: [] })
  const shown = await esconn(['mapping', 'entry', '--color', 'never'], { cwd, columns: 80 })
  t.regex(shown.stdout, /^\{\n {2}"mapped-.* "n": 9007199254740993\n.*\}\n$/s)
  const none = await esconn(['mapping', `${index}-*`], { cwd })
  t.deepEqual(none, { status: 0, stdout: '{}', stderr: [`default: ${index}-* matches no index`] })
  const absent = await esconn(['mapping', 'entyr'], { cwd })
  t.deepEqual([absent.status, absent.stdout, absent.stderr[1]], [22, '', 'did you mean `entry`?'])
})

test('the mappings of many indices: 63 only beyond 64 MiB', async t => {
  const large = JSON.stringify({ a: Array.from({ length: 1_500_000 }, (_, number) => number) })
  const { url } = await raw(t, [reply(large), reply(`{"a":"${'x'.repeat(65 * 2 ** 20)}"}`)])
  const cwd = configured(t, { aliases: { default: { node: url } } })
  t.true((await esconn(['mapping', 'a'], { cwd })).stdout === large)
  const { status, stdout, stderr } = await esconn(['mapping', 'a'], { cwd })
  t.deepEqual([status, stdout, stderr], [63, '', [`default: ${url}: the reply is larger than 64MiB`]])
})
