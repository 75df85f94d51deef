import { execFile } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

/** A user's directory with a configuration, in which commands run. */
export interface Project {
  directory: string
  /** Where the command `esconn` is. */
  bin: string
  /** What a command line of the shell writes to its standard output. */
  run(line: string): Promise<string>
}

/** Made in the server's folder, so that it goes when the server goes. */
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

/** Nothing of the user's own configuration or environment has a say in the show. */
async function runIn(cwd: string, bin: string, line: string): Promise<string> {
  const path = [bin, dirname(process.execPath), process.env.PATH].join(delimiter)
  const { stdout, stderr } = await run('sh', ['-c', line], { cwd, env: { PATH: path, HOME: '/nonexistent' } })
  process.stderr.write(stderr)
  return stdout
}
