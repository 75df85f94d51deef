import { connection, connections } from 'esconn'

const { count } = await connection.count()
console.log(`${count} entries; the best of Sam Whitlock's:`)

const body = { query: { term: { author: 'Sam Whitlock' } }, sort: [{ rating: 'desc' }], size: 3 }
for await (const hit of connection.hits('entry', body)) {
  const [, id, title] = /"id":(\d+),"title":"([^"]*)"/.exec(hit.toString()) // every digit of the id
  console.log(`${id} ${title}`)
}

await connections.close()
