import { chown, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { account, mirror, openToAll } from './account.ts'
import type { Generation } from './generations.ts'
import type { Jdk } from './jdk.ts'

/** An undefined value removes a default. */
type Settings = Record<string, string | number | boolean | readonly string[] | undefined>

export interface StartOptions {
  /** In addition to the defaults, or instead of them. */
  settings?: Settings
  /** Files for the server's configuration folder, such as `roles.yml` or `tls/node.pem`, and what is in them. */
  files?: Record<string, string>
}

/** The parts of a server. */
interface Site {
  generation: Generation
  jdk: Jdk
  /** The unpacked archive, which is not changed. */
  distribution: string
  /** The server's own directory, which is removed with the server. */
  directory: string
}

/** Fills the server's directory; returns what the watchdog must start. */
export async function furnish(site: Site, options: StartOptions) {
  const { directory, generation, jdk } = site
  await mkdir(join(directory, 'tmp'))
  await configure(site, options)
  await handOver(directory)
  const home = await readableHome(site)
  const prefix = generation.kind === 'elasticsearch' ? 'ES' : 'OPENSEARCH'
  const env = {
    PATH: process.env.PATH,
    HOME: directory,
    [`${prefix}_JAVA_HOME`]: jdk.home,
    [`${prefix}_PATH_CONF`]: join(directory, 'config'),
    [`${prefix}_TMPDIR`]: join(directory, 'tmp'),
  }
  return {
    command: 'bash',
    args: [join(home, 'bin', generation.kind)],
    options: { env, cwd: directory, ...account },
  }
}

async function configure({ directory, distribution, generation }: Site, { settings, files }: StartOptions) {
  const config = join(directory, 'config')
  await cp(join(distribution, 'config'), config, { recursive: true })
  const jvm = join(config, 'jvm.options')
  const contents: Record<string, string> = {
    'jvm.options': jvmOptions(await readFile(jvm, 'utf8')),
    // JSON is valid YAML.
    [`${generation.kind}.yml`]: JSON.stringify({ ...defaults(generation, directory), ...settings }),
    ...files,
  }
  for (const [name, content] of Object.entries(contents)) {
    await mkdir(dirname(join(config, name)), { recursive: true })
    await writeFile(join(config, name), content)
  }
}

/** With port 0 the system chooses, so that servers never collide; they write their port to a file. */
function defaults({ kind }: Generation, directory: string): Settings {
  return {
    'cluster.name': basename(directory),
    'node.name': basename(directory),
    'node.portsfile': true,
    'network.host': '127.0.0.1',
    'http.port': 0,
    'transport.port': 0,
    'discovery.type': 'single-node',
    'path.data': join(directory, 'data'),
    'path.logs': join(directory, 'logs'),
    'path.repo': join(directory, 'snapshots'),
    'cluster.routing.allocation.disk.threshold_enabled': false,
    'xpack.security.enabled': kind === 'elasticsearch' ? false : undefined,
  }
}

const lean = ['-Xms512m', '-Xmx512m', '-XX:-AlwaysPreTouch', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData']

/** Without the logs and dumps that would be written to the archive's directory; without C2, which makes a boot a quarter slower. */
function jvmOptions(shipped: string): string {
  const kept = shipped.split('\n').filter(line => !/logs\/|gc\.log|HeapDump|hs_err|GCLog|:\+Print/.test(line))
  return [...kept, ...lean, ''].join('\n')
}

async function handOver(directory: string): Promise<void> {
  if (account === undefined) return
  for (const name of ['', ...(await readdir(directory, { recursive: true }))]) {
    await chown(join(directory, name), account.uid, account.gid)
  }
}

/** The account that the server runs as may have no access to root's cache. */
async function readableHome({ directory, distribution }: Site): Promise<string> {
  if (account === undefined || openToAll(distribution)) return distribution
  const home = join(directory, 'home')
  await mirror(distribution, home)
  return home
}
