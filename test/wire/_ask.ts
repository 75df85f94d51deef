// Searches twice by an alias that is given as JSON, says what came of it, and leaves everything open: the process has to end.
import { Connection } from '../../src/connection.ts'

const { proxies, ...target } = JSON.parse(process.argv[2] ?? '')
const connection = new Connection('logs', {
  names: () => new Map(),
  target: () => ({ ...target, proxies: new Map(proxies) }),
})
for (const _ of [1, 2]) {
  try {
    for await (const hit of connection.hits('entry')) process.stdout.write(`${hit}\n`)
  } catch (error) {
    process.stdout.write(`${(error as Error).message}\n`)
  }
}
