// client.js URL INDEX: the hits of a search by the official client, one a line.
import { Client } from '@elastic/elasticsearch'

const [node, index] = process.argv.slice(2)
const { hits } = await new Client({ node }).search({ index, size: 10_000 })
for (let at = 0; at < hits.hits.length; at += 1000) {
  const lines = hits.hits.slice(at, at + 1000).map(hit => `${JSON.stringify(hit)}\n`)
  process.stdout.write(lines.join(''))
}
