import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { distribution } from './distribution.ts'
import { type Generation, nameOf, type Product } from './generations.ts'
import { furnish, type StartOptions } from './home.ts'
import { findJdk } from './jdk.ts'
import { request } from './request.ts'
import { Supervisor } from './supervisor.ts'

/** A server that answers at `url`, whoever started it. */
export interface Server {
  kind: Product
  version: string
  url: string
}

export interface StartedServer extends Server {
  /** The id of the server's process group. */
  pid: number
  /** The host and port for other nodes of its cluster. */
  transport: string
  /** Its configuration, data and logs; removed by `stop`. */
  directory: string
  /** Stops the server and removes its directory. */
  stop(): Promise<void>
  /** Sends a signal to the server; its directory stays until `stop`. */
  kill(signal: NodeJS.Signals): void
}

/** Starts a new server; it ends when this process ends, however that happens. */
export async function startServer(
  generation: Generation,
  options: StartOptions = {},
): Promise<StartedServer> {
  const jdk = findJdk(generation)
  const archive = await distribution(generation, jdk)
  const supervisor = new Supervisor()
  try {
    const directory = await supervisor.until(() => supervisor.news.directory)
    supervisor.start(await furnish({ generation, jdk, distribution: archive, directory }, options))
    const started = await reach(supervisor, directory, options)
    const { kind, version } = generation
    return { kind, version, directory, ...started, ...controls(supervisor) }
  } catch (cause) {
    const said = lastWords(supervisor.news.directory)
    await supervisor.stop()
    throw new Error(`${nameOf(generation)} did not start: ${(cause as Error).message}${said}`, { cause })
  }
}

async function reach(supervisor: Supervisor, directory: string, { settings }: StartOptions) {
  const pid = await supervisor.until(() => supervisor.news.pid)
  const address = await supervisor.until(() => bound(directory, 'http'))
  const transport = await supervisor.until(() => bound(directory, 'transport'))
  const url = `${settings?.['xpack.security.http.ssl.enabled'] ? 'https' : 'http'}://${address}`
  await settled(url)
  return { url, pid, transport }
}

const controls = (supervisor: Supervisor): Pick<StartedServer, 'stop' | 'kill'> => ({
  stop: () => supervisor.stop(),
  kill: signal => supervisor.kill(signal),
})

/** The address that the server writes down once it is bound. */
function bound(directory: string, name: 'http' | 'transport'): string | undefined {
  const file = join(directory, `logs/${name}.ports`)
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n', 1)[0] : undefined
}

/** A server is bound a moment before it has read its state; with TLS only its user can check. */
async function settled(url: string): Promise<void> {
  if (url.startsWith('http:')) await request(url, 'GET /_cluster/health?wait_for_status=yellow&timeout=60s')
}

function lastWords(directory: string | undefined): string {
  const log = directory === undefined ? '' : join(directory, 'output.log')
  return existsSync(log) ? `\n${readFileSync(log, 'utf8').trimEnd().split('\n').slice(-20).join('\n')}` : ''
}
