import test, { type ExecutionContext } from 'ava'
import { createConnections } from '../../src/index.ts'
import { type Difference, differences } from '../../src/walk/differences.ts'
import type { ComparedSide } from '../../src/walk/side-reader.ts'
import { load, request } from '../cluster/request.ts'
import { onServers, uniqueName } from '../cluster/servers.ts'

const eachServer = onServers(test)

const documents = Array.from({ length: 1000 }, (_, n) => `{"n":${n}}`)

/** Two indices with the same documents. */
async function twoSides(t: ExecutionContext, url: string): Promise<[ComparedSide, ComparedSide]> {
  const connections = createConnections({ config: { aliases: { default: { node: url } } } })
  t.teardown(() => connections.close())
  const context = connections.get('default')
  const sideOf = async (): Promise<ComparedSide> => {
    const index = uniqueName('side')
    await request(url, `PUT /${index}`, { settings: { number_of_shards: 1, number_of_replicas: 0 } })
    await load(url, index, documents)
    t.teardown(() => request(url, `DELETE /${index}`))
    return { context, target: { index }, call: context.searchCall(index) }
  }
  return [await sideOf(), await sideOf()]
}

eachServer(
  'what is written on both sides meanwhile is no difference, and is said once for each side',
  async (t, { url }) => {
    const [from, to] = await twoSides(t, url)
    const notices: string[] = []
    const onNotice = (text: string) => notices.push(text)
    const found: Difference[] = []
    let compared = 0
    for await (const batch of differences(from, to, { parallel: 1, onNotice })) {
      if (compared === 0)
        for (const { target } of [from, to])
          for (const id of [990, 991]) await request(url, `PUT /${target.index}/_doc/${id}`, `{"n":-1}`)
      if (compared === 0) await request(url, `PUT /${to.target.index}/_doc/992`, '{"n":-1}')
      compared += batch.documents
      found.push(...batch.differences)
    }
    const index = from.target.index
    t.is(compared, documents.length)
    t.deepEqual(found, [{ kind: 'changed', index, id: '992', routing: undefined }])
    t.deepEqual(
      notices,
      [from, to].map(
        ({ target }) => `${target.index} was written to meanwhile: what differs may be what was written`,
      ),
    )
  },
)

eachServer('a comparison that is left closes what it has opened', async (t, { url, kind }) => {
  const [from, to] = await twoSides(t, url)
  for await (const { documents } of differences(from, to, { pageBytes: 1000 })) {
    t.true(documents > 0)
    break
  }
  const { search } = JSON.parse((await request(url, `GET /${from.target.index}/_stats/search`)).text)._all
    .total
  t.is(kind === 'opensearch' ? search.point_in_time_current : search.open_contexts, 0)
})
