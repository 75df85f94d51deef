// scroll.js URL INDEX: all hits by the helper of the official client, one a line.
import { once } from 'node:events'
import { Client } from '@elastic/elasticsearch'

const [node, index] = process.argv.slice(2)
const search = { index, size: 10_000, sort: ['_doc'] }
for await (const { body } of new Client({ node }).helpers.scrollSearch(search)) {
  const lines = body.hits.hits.map(hit => `${JSON.stringify(hit)}\n`)
  if (!process.stdout.write(lines.join(''))) await once(process.stdout, 'drain')
}
