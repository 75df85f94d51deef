// library.js URL client|search|hits: prints how many milliseconds 1,000 searches take, one after the other.
import { Client } from '@elastic/elasticsearch'
import { createConnections } from 'esconn'

const [node, method] = process.argv.slice(2)
const connections = createConnections({ config: { aliases: { default: { node } } } })
const client = new Client({ node })

const search = {
  client: () => client.search({ index: 'ten', size: 10 }),
  search: () => connections.default.search('ten', { size: 10 }),
  hits: async () => {
    for await (const hit of connections.default.hits('ten', { size: 10 })) hit.toString()
  },
}[method]

await search() // opens the connection
const started = performance.now()
for (let n = 0; n < 1000; n++) await search()
console.log(performance.now() - started)
await connections.close()
await client.close()
