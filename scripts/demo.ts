// npm run demo [-- --keep]: boots a real server, loads some blog entries, and shows commands with their output.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { demoServer } from './demo/server.ts'
import { show } from './demo/show.ts'

// The reader of the output may close it early, as `head` does.
process.stdout.on('error', () => process.exit(141))

// Neither this nor Ctrl-C needs to clean up: the server, and the project in its folder, end with this process.
await demo().catch(error => {
  say(error.message)
  process.exit(1)
})

async function demo(): Promise<void> {
  const { values } = parseArgs({ options: { keep: { type: 'boolean' } } })
  const stage = await demoServer(say)
  await show(stage)
  if (values.keep) return explain(stage)
  say('stopping the server')
  await stage.server.stop()
}

function explain({ directory, bin, server }: Awaited<ReturnType<typeof demoServer>>): void {
  process.stdout.write(`The server at ${server.url} keeps running until you press Ctrl-C. In another terminal:

  export ESCONN_CONFIG=${join(directory, '.esconnrc')} PATH=${bin}:$PATH
  esconn search entry --match title=bread
`)
}

function say(text: string): void {
  process.stderr.write(`demo: ${text}\n`)
}
