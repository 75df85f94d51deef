// bulk.js URL INDEX FILE: imports hits, one a line, by the helper of the official client.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Client } from '@elastic/elasticsearch'

const [node, index, file] = process.argv.slice(2)

async function* hits() {
  for await (const line of createInterface({ input: createReadStream(file) })) yield JSON.parse(line)
}

const { failed } = await new Client({ node }).helpers.bulk({
  datasource: hits(),
  concurrency: 4,
  onDocument: ({ _id, _source }) => [{ index: { _index: index, _id } }, _source],
})
if (failed > 0) throw new Error(`${failed} documents failed`)
