import { execFile } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

/** A directory with a configuration, in which the commands run. */
export interface Project {
  directory: string
  /** The folder with the command `esconn`. */
  bin: string
  /** Runs a shell command; answers its standard output. */
  run(line: string): Promise<string>
}

/** Made in the server's folder, so that it is removed with it. */
export function project(parent: string, target: { node: string; index: string }): Project {
  const [directory, bin] = [join(parent, 'demo'), join(parent, 'demo/bin')]
  mkdirSync(bin, { recursive: true })
  symlinkSync(join(root, 'bin/esconn.js'), join(bin, 'esconn'))
  symlinkSync(join(root, 'scripts/demo/snippet.js'), join(directory, 'snippet.js'))
  writeFileSync(join(directory, '.esconnrc'), configuration(target))
  return { directory, bin, run: line => runIn(directory, bin, line) }
}

const configuration = ({ node, index }: { node: string; index: string }) => `aliases:
  default:
    node: ${node}
    indices:
      entry: ${index}
  logs: default
`

/** The user's own configuration and environment have no effect on the demo. */
async function runIn(cwd: string, bin: string, line: string): Promise<string> {
  const path = [bin, dirname(process.execPath), process.env.PATH].join(delimiter)
  const { stdout, stderr } = await run('sh', ['-c', line], { cwd, env: { PATH: path, HOME: '/nonexistent' } })
  process.stderr.write(stderr)
  return stdout
}
