import { Connection } from '../../../src/connection.ts'

// Searches twice with an alias that is given as JSON, prints hits or errors, and leaves every connection open: the process must end all the same.

const { proxies, ...target } = JSON.parse(process.argv[2] ?? '')
const connection = new Connection('logs', {
  names: () => new Map(),
  settings: () => ({ ...target, proxies: new Map(proxies) }),
})
for (const _ of [1, 2]) {
  try {
    for await (const hit of connection.hits('entry')) process.stdout.write(`${hit}\n`)
  } catch (error) {
    process.stdout.write(`${(error as Error).message}\n`)
  }
}
