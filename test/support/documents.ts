import { request } from '../cluster/request.ts'
import { uniqueName } from '../cluster/servers.ts'

/** What other tools change: long numbers, their spelling, the order of keys, white space, escapes. */
export const DOCUMENTS: readonly string[] = [
  '{"text":"words","n":9007199254740993,"f":1.0,"z":-0,"e":1.5E+3}',
  '{"text":"words","any":{"n":18446744073709551615,"huge":1e400,"tiny":-1e-400,"long":0.1000000000000000055511151231257827}}',
  '{"any":{"b":1,"10":2,"2":3}}',
  '{  "text" :\t"other" ,"any":{ } , "list":[ 1.0 ,2.50 ]\t}',
  '{\r\n  "text": "words",\n  "any": {\n    "deep": [\n      1e0\n    ]\n  }\n}',
  '{"text":"\\u0077ords","any":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00"}',
  '{"text":"emoji 😀 é \u2028 ","any":{"hits":{"hits":[{"_id":"not me"}]}}}',
  `{"text":"long","any":{"s":"${'é"{[😀'.replace('"', '\\"').repeat(90_000)}"}}`,
]

/** An index with the documents, byte for byte; the server does not parse `any`. */
export async function documents(url: string): Promise<string> {
  const index = uniqueName('bytes')
  const properties = { text: { type: 'text' }, n: { type: 'long' }, any: { type: 'object', enabled: false } }
  const settings = { number_of_shards: 1, number_of_replicas: 0 }
  await loaded(url, `PUT /${index}`, JSON.stringify({ settings, mappings: { properties } }))
  for (const [id, document] of DOCUMENTS.entries()) await loaded(url, `PUT /${index}/_doc/${id}`, document)
  await loaded(url, `POST /${index}/_refresh`)
  return index
}

async function loaded(url: string, line: string, body?: string): Promise<void> {
  const { status, text } = await request(url, line, body)
  if (status >= 300) throw new Error(`${line}: ${status} ${text.slice(0, 500)}`)
}
