// pages.js URL INDEX SHARDS PRODUCT: the pages that an export asks for, as they arrive: the least time that the server lets it take.
import { once } from 'node:events'
import { Agent, request } from 'node:http'

const [node = '', index, shards, product] = process.argv.slice(2)
const isOpenSearch = product === 'opensearch'
const points = isOpenSearch ? '/_search/point_in_time' : '/_pit'
const agent = new Agent({ keepAlive: true })

/** Sends a request; its reply is written to standard output if that is wanted. Returns the size and the last bytes. */
async function send(method, path, body, isWritten = false) {
  const bytes = Buffer.from(body === undefined ? '' : JSON.stringify(body))
  const headers = { 'content-type': 'application/json', 'content-length': bytes.length }
  const sent = request(`${node}${path}`, { method, agent, headers })
  sent.end(bytes)
  const [response] = await once(sent, 'response')
  let [size, tail] = [0, Buffer.alloc(0)]
  for await (const chunk of response) {
    size += chunk.length
    tail = Buffer.concat([tail, chunk]).subarray(-1000)
    if (isWritten && !process.stdout.write(chunk)) await once(process.stdout, 'drain')
  }
  if (response.statusCode !== 200) throw new Error(`${response.statusCode} ${tail}`)
  return { size, tail: tail.toString() }
}

async function readShard(shard) {
  await send('POST', `/${index}/_refresh`)
  const opened = await send('POST', `/${index}${points}?keep_alive=5m&preference=_shards:${shard}`)
  const { id, pit_id = id } = JSON.parse(opened.tail.slice(opened.tail.indexOf('{')))
  const sort = [{ _seq_no: { order: 'asc', unmapped_type: 'long' } }, '_doc']
  let after
  for (let hits = 200; ; ) {
    const page = {
      size: hits,
      track_total_hits: false,
      sort,
      pit: { id: pit_id, keep_alive: '5m' },
      ...after,
    }
    const { size, tail } = await send('POST', '/_search', page, true)
    const [, last] = /"sort":(\[[^\]]*\])\}\]\}\}$/.exec(tail) ?? []
    if (last === undefined) break
    after = { search_after: JSON.parse(last) }
    if (hits === 200) hits = Math.min(10_000, Math.round((4 * 2 ** 20) / (size / hits)))
  }
  await send('DELETE', points, isOpenSearch ? { pit_id: [pit_id] } : { id })
}

await Promise.all(Array.from({ length: Number(shards) }, (_, shard) => readShard(shard)))
agent.destroy()
