import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { load, request } from '../../cluster/request.ts'
import { PASSWORDS, sharedSecured } from '../../cluster/secured.ts'
import { onOwnServers, onServers, uniqueName } from '../../cluster/servers.ts'
import { configured } from '../../support/configured.ts'
import { documents } from '../../support/documents.ts'
import { esconn } from '../../support/esconn.ts'
import { gateway } from '../../support/gateway.ts'

const eachServer = onServers(test)

/** A directory where `from` is the cluster that is read, and `to` the one that is written to. */
const between = (t: ExecutionContext, from: string, to: string) =>
  configured(t, { aliases: { default: { node: from }, from: { node: from }, to: { node: to } } })

async function done(url: string, line: string, body?: string | object): Promise<string> {
  const { status, text } = await request(url, line, body)
  if (status >= 300) throw new Error(`${line}: ${status} ${text.slice(0, 500)}`)
  return text
}

/** The hits of an index as an export prints them, without what differs from index to index. */
async function hitsOf(name: string, cwd: string): Promise<string[]> {
  const { stdout } = await esconn(['export', name.split(':')[1] ?? '', '-a', name.split(':')[0] ?? ''], {
    cwd,
  })
  return stdout
    .split('\n')
    .slice(0, -1)
    .map(line =>
      line.replace(/^\{"_index":"[^"]*",(?:"_type":"_doc",)?/, '{').replace(/,"sort":\[[^\]]*\]\}$/, '}'),
    )
    .toSorted()
}

const mappingsOf = async (url: string, index: string): Promise<string> =>
  JSON.stringify(JSON.parse(await done(url, `GET /${index}/_mapping`))[index])

/** Deletes indices on both clusters. */
async function remove(urls: readonly string[], ...indices: string[]): Promise<void> {
  for (const url of urls)
    for (const index of indices) await request(url, `DELETE /${index}?ignore_unavailable=true`)
}

eachServer('documents arrive byte for byte, in an index like theirs', async (t, { url }, next) => {
  const { url: other } = await next()
  const from = await documents(url)
  const to = uniqueName('copy')
  const ids = ['%2Fodd%20id%22%E2%98%83?routing=r%222', 'c', 'surrogate', 'emoji%F0%9F%98%80%0A']
  const odd = [
    '{"text":"routed"}',
    '{"text":1 /* a comment */, // another\n"any":"\\u0000"}',
    '{"any":"\\ud800"}',
    '{"n":-9223372036854775808}',
  ]
  for (const [at, id] of ids.entries()) await done(url, `PUT /${from}/_doc/${id}`, odd[at])
  await done(url, `POST /${from}/_refresh`)
  const cwd = between(t, url, other)
  const expected = await hitsOf(`from:${from}`, cwd)
  t.is(expected.length, 12)

  const argv = ['copy', from, `to:${to}`]
  const { stdout, stderr } = await esconn([...argv, '--dry-run'], { cwd })
  t.deepEqual(stderr, [])
  const body = stdout.split('\n\n')[1]?.trimEnd() ?? ''
  t.regex(stdout, /^PUT http:/)
  t.like(JSON.parse(body), {
    settings: { 'index.number_of_shards': '1' },
    mappings: { properties: { n: { type: 'long' } } },
  })
  t.notRegex(body, /uuid|creation_date|provided_name|version|allocation/)
  t.is((await request(other, `GET /${to}`)).status, 404, 'nothing was created')

  const copied = await esconn([...argv, '--parallel', '2'], { cwd })
  t.deepEqual([copied.status, copied.stdout, copied.stderr.length], [0, '', 2], copied.stderr.join('\n'))
  t.is(copied.stderr[0], `to: PUT /${to} ${body}`)
  t.regex(copied.stderr[1] ?? '', /^to: 12 documents read, 12 written, [\d.]+KiB, in /)
  t.is(await mappingsOf(other, to), await mappingsOf(url, from))
  t.deepEqual(await hitsOf(`to:${to}`, cwd), expected)

  const again = await esconn(['copy', `from:${from}`, `to:${to}`, '--ids', 'c'], { cwd })
  t.deepEqual([again.status, again.stderr.length], [0, 1])
  t.regex(again.stderr[0] ?? '', /^to: 1 document read, 1 written/)
  const there = await esconn([...argv, '--dry-run'], { cwd })
  t.deepEqual([there.status, there.stdout, there.stderr], [0, '', [`to: already there: ${to}`]])
  await remove([url, other], from, to)
})

eachServer('several indices: under the same names, to one, or not at all', async (t, { url }, next) => {
  const { url: other } = await next()
  const stem = uniqueName('several')
  const names = [`${stem}-1`, `${stem}-2`] as const
  for (const [at, name] of names.entries()) await load(url, name, [`{"n":${at}.0}`, `{"n":1${at}}`])
  const settings = {
    number_of_replicas: 0,
    number_of_shards: 3,
    'blocks.write': true,
    refresh_interval: '7s',
  }
  const analysis = { analyzer: { own: { type: 'custom', tokenizer: 'standard', filter: ['lowercase'] } } }
  const mappings = { dynamic: false, properties: { t: { type: 'text', analyzer: 'own' } } }
  await done(url, `PUT /${stem}-3`, { settings: { ...settings, analysis }, mappings })
  const cwd = between(t, url, other)
  const copied = async (...argv: string[]) => {
    const { status, stderr } = await esconn(['copy', ...argv], { cwd })
    return [status, stderr.join('\n')] as const
  }
  const [status, message] = await copied(`from:${stem}-*`, `to:${stem}`)
  t.is(status, 2)
  t.is(
    message,
    `from: ${stem}-* is 3 indices: ${names.join(', ')}, ${stem}-3\nto:* copies them under the same names, --merge to one index`,
  )
  const [differ, different] = await copied(`from:${stem}-*`, `to:${stem}`, '--merge')
  t.is(differ, 2)
  t.regex(different, /^from: the indices have different mappings.*\ncreate \S+ yourself, and copy again$/)
  t.is((await copied(`from:${stem}-*`, 'to:*', '--merge'))[0], 2)
  t.is((await request(other, `GET /${stem}`)).status, 404)

  const [, same] = await copied(`from:${stem}-*`, 'to:*')
  t.regex(same, /^(?:to: PUT \/\S+ \{.*\n){3}to: 4 documents read, 4 written, /)
  for (const name of names) t.deepEqual(await hitsOf(`to:${name}`, cwd), await hitsOf(`from:${name}`, cwd))
  const made = JSON.parse(await done(other, `GET /${stem}-3?flat_settings=true`))[`${stem}-3`]
  t.deepEqual(made.mappings, JSON.parse(await mappingsOf(url, `${stem}-3`)).mappings)
  t.like(made.settings, { 'index.number_of_shards': '3', 'index.refresh_interval': '7s' })
  t.is(made.settings['index.blocks.write'], undefined)

  const [merged, said] = await copied(`from:${names.join(',')}`, `to:${stem}`, '--merge', '--allow-partial')
  t.is(merged, 0, said)
  t.regex(said, /4 documents read, 4 written.*\nto: incomplete: 4 documents were read, and 2 are there,/)
  t.is((await hitsOf(`to:${stem}`, cwd)).length, 2, 'of equal ids the last one stays')
  await remove([url, other], ...names, `${stem}-3`, stem)
})

eachServer('what cannot be copied', async (t, { url }, next) => {
  const { url: other } = await next()
  const index = uniqueName('refused')
  const bare = `${index}-bare`
  await load(url, index, ['{"n":1}', '{"n":2}'])
  await done(url, `PUT /${bare}`, { mappings: { _source: { enabled: false } } })
  await done(url, `PUT /${bare}/_doc/1?refresh=true`, '{"n":1}')
  const node = { node: url }
  const cwd = configured(t, {
    aliases: {
      default: { ...node, indices: { own: index, view: { index, query: { term: { n: 2 } } } } },
      same: 'default',
      to: { node: other },
      fixed: { node: other, readonly: true },
    },
  })
  const rows = [
    [['own', 'same:own'], 2, /^same: \S+ would be copied to itself$/],
    [['own', index], 2, /^default: \S+ would be copied to itself$/],
    [['own', 'same:*'], 2, /^same: \S+ would be copied to itself$/],
    [['own', 'same:view'], 2, /^same: view is a view: documents cannot be written to it/],
    [['own', 'to:a,b'], 2, /^to: a,b is not the name of one index/],
    [['own', 'fxed:x'], 2, /^"fxed:x": there is no alias fxed; did you mean `fixed`\?/],
    [['own', 'fixed:x'], 4, /^fixed: POST \/_bulk is refused: the alias is readonly/],
    [[bare, `to:${bare}`], 66, /^default: \S+ keeps no _source, so its documents cannot be copied$/m],
    [[`${index}-x`, 'to:x'], 22, /^default: index_not_found_exception/],
    [[`${index}-x*`, 'to:x'], 66, /^default: \S+ matches no index: there is nothing to copy$/],
    [['own', 'to:x', '--body', '{"_source":["n"]}'], 2, /"_source" has no meaning for copy/],
    [['own', 'to:x', '--sort', 'n'], 2, /^--sort has no meaning for copy/],
    [['own', 'to:x', '--parallel', '0'], 2, /^--parallel 0: must be 1 or greater$/],
  ] as const
  for (const [argv, expected, message] of rows) {
    const { status, stderr } = await esconn(['copy', ...argv], { cwd })
    t.is(status, expected, stderr.join('\n'))
    t.regex(stderr.join('\n'), message)
  }
  t.is((await request(other, 'GET /x')).status, 404, 'nothing was created')
  const shown = await esconn(['copy', 'view', `to:${index}`, '--show-query'], { cwd })
  t.is(shown.stdout, '{"query":{"bool":{"filter":[{"term":{"n":2}}]}}}\n')
  const view = await esconn(['copy', 'view', `to:${index}`], { cwd })
  t.regex(view.stderr.at(-1) ?? '', /^to: 1 document read, 1 written/)
  await remove([url, other], index, bare)
})

eachServer('a data stream goes to one index, or to another stream', async (t, { url, kind }, next) => {
  if (kind !== 'opensearch') return void t.pass('the archive of Elasticsearch cannot delete data streams')
  const { url: other } = await next()
  const [stream, copy] = [uniqueName('stream'), uniqueName('stream')]
  for (const name of [stream, copy]) {
    await done(url, `PUT /_index_template/${name}`, { index_patterns: [name], data_stream: {} })
    await done(url, `PUT /_data_stream/${name}`)
  }
  for (const [at, rollover] of [`POST /${stream}/_rollover`, `POST /${stream}/_refresh`].entries()) {
    await done(url, `PUT /${stream}/_create/${at}`, `{"@timestamp":"2026-01-01T00:00:0${at}.0Z"}`)
    await done(url, rollover)
  }
  const cwd = between(t, url, other)
  const copied = async (...argv: string[]) => {
    const { status, stderr } = await esconn(['copy', stream, ...argv], { cwd })
    return [status, ...stderr] as const
  }
  const [apart, message] = await copied('to:*')
  t.deepEqual([apart, message?.includes('is a part of a data stream, which')], [2, true])
  for (const to of [`to:${copy}`, `from:${copy}`]) {
    const [status, ...said] = await copied(to, '--merge')
    t.is(status, 0, said.join('\n'))
    t.deepEqual(await hitsOf(to, cwd), await hitsOf(`from:${stream}`, cwd))
  }
  t.is((await copied(`from:${copy}`, '--merge'))[0], 3, 'what is there is not replaced')
  for (const name of [stream, copy]) {
    await done(url, `DELETE /_data_stream/${name}`)
    await done(url, `DELETE /_index_template/${name}`)
  }
  await remove([other], copy)
})

eachServer('types and settings that the target does not know are named', async (t, { url, kind }, next) => {
  const { url: other, kind: otherKind } = await next()
  if (kind === otherKind) return void t.pass('both are the same product')
  const index = uniqueName('types')
  const [type, field] =
    kind === 'opensearch' ? ['flat_object', {}] : ['dense_vector', { dims: 2, index: false }]
  const special = { type, ...field }
  const properties = { v: special, o: { properties: { w: special } }, k: { type: 'keyword' } }
  const logs = { settings: { mode: 'logsdb' }, mappings: { properties: {} } }
  await done(url, `PUT /${index}`, { mappings: { properties } })
  const cwd = between(t, url, other)
  const { status, stderr } = await esconn(['copy', index, `to:${index}`], { cwd })
  t.is(status, 22)
  t.regex(stderr[0] ?? '', /^to: PUT \//)
  t.regex(stderr[1] ?? '', /^to: mapper_parsing_exception: /)
  t.is(
    stderr[2],
    `it has no type ${type}, which is that of o.w, v; create ${index} yourself, by another request, and copy again`,
  )
  if ((await request(url, `PUT /${index}-logs`, logs)).status === 200) {
    const refused = await esconn(['copy', `${index}-logs`, `to:${index}`], { cwd })
    t.is(refused.status, 22)
    t.regex(refused.stderr.at(-1) ?? '', /^it does not know index\.mode; create /)
  }
  await remove([url, other], index, `${index}-logs`)
})

eachServer('what the target does not take is kept, and imported after repair', async (t, { url }, next) => {
  const { url: other } = await next()
  const index = uniqueName('rejects')
  await load(url, index, ['{"n":"x" }', '{"n":1.0}', '{"n":"y"}'])
  await done(other, `PUT /${index}`, { mappings: { properties: { n: { type: 'integer' } } } })
  const cwd = between(t, url, other)
  const told = await esconn(['copy', index, `to:${index}`], { cwd })
  t.is(told.status, 3)
  t.regex(
    told.stderr.join('\n'),
    new RegExp(
      `^(?:to: document [02] of ${index} was rejected: \\w+: .* \\(400\\)\n){2}` +
        'to: 3 documents read, 1 written, 2 rejected, .*\nto: incomplete: 2 documents rejected\n--rejects FILE keeps',
    ),
  )
  const kept = await esconn(['copy', index, `to:${index}`, '--rejects', 'r', '--allow-partial'], { cwd })
  t.deepEqual([kept.status, kept.stderr.length], [0, 2])
  const text = readFileSync(join(cwd, 'r'), 'utf8')
  t.regex(
    text,
    new RegExp(
      `^\\{"error":\\{.*\\},"status":400,"_index":"${index}","_id":"0","_source":\\{"n":"x" \\}\\}$`,
      'm',
    ),
  )
  const stdin = text.replaceAll(/"n":"[xy]"/g, '"n":7')
  t.is((await esconn(['import', index, '-a', 'to'], { cwd, stdin })).status, 0)
  t.is((await hitsOf(`to:${index}`, cwd)).length, 3)
  await remove([url, other], index)
})

eachServer('documents that the target loses are missed', async (t, { url }, next) => {
  const { url: other } = await next()
  const index = uniqueName('lost')
  await load(url, index, ['{"n":0}', '{"n":1}', '{"n":2}'])
  /** Says of one document that it was written. */
  const forgetful = await gateway(t, other, async ({ line, body, pass }) => {
    if (!line.endsWith('/_bulk') || !body.includes('{"n":1}')) return await pass()
    return { status: 200, text: '{"items":[{"index":{"status":201}}]}' }
  })
  const cwd = between(t, url, forgetful)
  const { status, stderr } = await esconn(['copy', index, `to:${index}`], { cwd })
  t.is(status, 3)
  t.regex(stderr.join('\n'), /^to: incomplete: 3 documents were read, and 2 are there, although/m)
  await remove([url, other], index)
})

eachServer(
  'an index that takes no new versions does not change how others are written',
  async (t, { url }, next) => {
    const { url: other } = await next()
    const stem = uniqueName('streams')
    const names = [`${stem}-1`, `${stem}-2`] as const
    for (const name of names) await load(url, name, ['{"n":1}'])
    await done(other, `PUT /${names[1]}/_doc/0?refresh=true`, '{"n":0}')
    await done(other, `PUT /${names[0]}`)
    const reason = 'only write ops with an op_type of create are allowed in data streams'
    const streaming = await gateway(t, other, async ({ line, body, pass }) => {
      const lines = body.split('\n')
      const isTaken = (at: number) => !lines[2 * at]?.startsWith(`{"index":{"_index":"${names[0]}"`)
      if (!line.endsWith('/_bulk')) return await pass()
      const pairs = lines.slice(0, -1).flatMap((text, at) => (at % 2 ? [] : `${text}\n${lines[at + 1]}\n`))
      const taken = pairs.filter((_, at) => isTaken(at))
      const items = taken.length > 0 ? JSON.parse((await pass(taken.join(''))).text).items : []
      const refused = { index: { status: 400, error: { type: 'illegal_argument_exception', reason } } }
      const all = pairs.map((_, at) => (isTaken(at) ? items.shift() : refused))
      return { status: 200, text: JSON.stringify({ items: all }) }
    })
    const cwd = between(t, url, streaming)
    for (const _ of ['the first time', 'again, when the stream has it']) {
      const { status, stderr } = await esconn(['copy', names.join(), 'to:*', '--parallel', '1'], { cwd })
      t.is(status, _ === 'the first time' ? 0 : 3, stderr.join('\n'))
      t.deepEqual(await hitsOf(`to:${names[1]}`, cwd), await hitsOf(`from:${names[1]}`, cwd))
    }
    await remove([url, other], ...names)
  },
)

eachServer('--verify compares both sides once more', async (t, { url }, next) => {
  const { url: other } = await next()
  const stem = uniqueName('verified')
  const names = [`${stem}-1`, `${stem}-2`] as const
  for (const name of names) await load(url, name, ['{"n":0}', '{"n":1,"m":2}'])
  const cwd = between(t, url, other)
  const copied = async (...argv: string[]) => {
    const { status, stdout, stderr } = await esconn(['copy', ...argv, '--verify'], { cwd })
    return [status, stdout, stderr.at(-1)]
  }
  const none = 'documents compared, none differ'
  t.deepEqual(await copied(`from:${stem}-*`, 'to:*'), [0, '', `4 ${none}`])
  const stdin = '{"query":{"term":{"n":1}}}'
  const asked = await esconn(['copy', names[0], `to:${stem}`, '--body', '-', '--verify'], { cwd, stdin })
  t.deepEqual([asked.status, asked.stderr.at(-1)], [0, '1 document compared, none differ'])
  const { _id: id } = JSON.parse(await done(other, `GET /${names[0]}/_search?q=n:0`)).hits.hits[0]
  await done(other, `PUT /${names[0]}/_doc/more?refresh=true`, '{"n":2}')
  await done(url, `PUT /${names[1]}/_doc/more?refresh=true`, '{"n":2}')
  t.deepEqual(await copied(`from:${stem}-*`, 'to:*', '--ids', `more,${id}`), [
    1,
    `{"diff":"only-to","_index":"${names[0]}","_id":"more"}\n`,
    '4 documents compared, 1 differs: 1 only in to:*',
  ])
  t.is((await copied(`from:${names.join()}`, `to:${stem}`, '--merge'))[0], 0)
  await remove([url, other], ...names, stem)
})

onOwnServers(test)('without the rights to see mappings and settings', async t => {
  t.timeout(400_000, 'a server may take its time to start')
  const { url: node, ca, stop } = await sharedSecured()
  const alias = (username: keyof typeof PASSWORDS) => ({
    node,
    tls: { ca: './ca.pem' },
    auth: { username, password: PASSWORDS[username] },
  })
  const cwd = configured(t, { aliases: { ada: alias('ada'), bob: alias('bob') } })
  writeFileSync(join(cwd, 'ca.pem'), ca)
  const copied = async (...argv: string[]) => {
    const { status, stderr } = await esconn(['copy', ...argv, '--config', '.esconnrc'], { cwd })
    return [status, stderr.at(-1)]
  }
  t.deepEqual(await copied('bob:logs-a', 'ada:logs-c'), [
    4,
    'without the right to see the mappings: create logs-c yourself, and copy again',
  ])
  t.deepEqual(await copied('ada:logs-a', 'bob:logs-a'), [2, 'bob: logs-a would be copied to itself'])
  await stop()
})
