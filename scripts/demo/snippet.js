import { connection, connections } from 'esconn'
import { parse } from 'lossless-json' // like JSON.parse, but it does not round numbers

const { count } = await connection.count()
console.log(`${count} entries. Sam Whitlock's three best rated:`)

const body = { query: { term: { author: 'Sam Whitlock' } }, sort: [{ rating: 'desc' }], size: 3 }
for await (const hit of connection.hits('entry', body)) {
  const { id, rating, title } = parse(hit.toString())._source
  console.log(`${id}  ${rating}  ${title}`)
}

await connections.close()
