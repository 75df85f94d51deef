import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { parse } from 'yaml'
import { load, request } from './cluster/request.ts'
import { onServers, uniqueName } from './cluster/servers.ts'
import { configured } from './support/configured.ts'
import { esconn, sink } from './support/esconn.ts'
import { ESCONN } from './support/process.ts'

const eachServer = onServers(test)
const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '..')

/** A command in a document, and the lines that it prints there. */
interface Example {
  command: string
  printed: string[]
}

/** The indented examples of a document: `$ `, a command, and the output up to the next blank or unindented line. */
function examplesIn(document: string): Example[] {
  const blocks = document.matchAll(/^ {4}\$ (.+)\n((?: {4}(?!\$ ).+\n)*)/gm)
  return [...blocks].map(([, command = '', printed = '']) => ({
    command,
    printed: printed
      .split('\n')
      .slice(0, -1)
      .map(line => line.slice(4)),
  }))
}

/** What is printed, as a pattern: `…` stands for anything in a line, and alone in a line for any lines. */
function patternOf(printed: readonly string[]): RegExp {
  const lines = printed.map(line =>
    line === '…' ? '(?:.*\n)*' : `${line.split('…').map(escaped).join('.*')}\n`,
  )
  return new RegExp(`^${lines.join('')}$`)
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

/** The configuration that a document shows. */
const configurationIn = (document: string): string =>
  (/(?:^ {4}.*\n)+/m.exec(document.slice(document.indexOf('    aliases:')))?.[0] ?? '').replace(/^ {4}/gm, '')

/** What a command line prints on both streams, in a shell. */
const inShell = async (line: string, options: { cwd: string; env: NodeJS.ProcessEnv }): Promise<string> =>
  (await run('sh', ['-c', `{ ${line}\n} 2>&1; true`], { ...options, maxBuffer: 2 ** 24 })).stdout

/** The same of a command alone, which needs no process of its own; the shell splits its words. */
async function inProcess(line: string, cwd: string): Promise<string> {
  const { stdout } = await run('sh', ['-c', `printf '%s\\0' ${line}`])
  const [, ...argv] = stdout.split('\0').slice(0, -1)
  const printed: Buffer[] = []
  await esconn(argv, { cwd, stdout: sink(printed), stderr: sink(printed) })
  return Buffer.concat(printed).toString()
}

process.env.TZ = 'UTC' // as in the examples

/** A document, and the directory of its configuration, in which its examples are run against a server. */
interface Documented {
  text: string
  cwd: string
  /** Runs one example; returns what is printed instead of what stands there. */
  check: (example: Example) => Promise<string | undefined>
}

async function documented(
  t: ExecutionContext,
  url: string,
  { name, index }: { name: string; index: string },
): Promise<Documented> {
  t.timeout(600_000)
  const demo = (file: string) => readFileSync(join(ROOT, 'scripts/demo', file), 'utf8')
  await request(url, `PUT /${index}`, demo('index.json'))
  t.teardown(async () => void (await request(url, `DELETE /${index}`)))
  await load(url, index, demo('entries.ndjson').trimEnd().split('\n'))
  const text = readFileSync(join(ROOT, 'docs', name), 'utf8').replaceAll('blog-entries', index)
  const cwd = configured(t, configurationIn(text).replaceAll('http://localhost:9200', url))
  mkdirSync(join(cwd, 'bin'))
  symlinkSync(String(ESCONN.at(-1)), join(cwd, 'bin/esconn'))
  const env = {
    PATH: [join(cwd, 'bin'), dirname(process.execPath), process.env.PATH].join(delimiter),
    HOME: '/nonexistent',
    TZ: 'UTC',
    LC_ALL: 'C.UTF-8',
  }
  const check = async ({ command, printed }: Example) => {
    const isAlone = command.startsWith('esconn ') && !/[|;]/.test(command)
    const printing = isAlone ? inProcess(command, cwd) : inShell(command, { cwd, env })
    const shown = (await printing).replaceAll(url, 'http://localhost:9200').replaceAll('\r\n', '\n')
    const isRight = patternOf(printed).test(shown.replace(/[^\n]$/, '$&\n'))
    return isRight ? undefined : `$ ${command}\n${shown}`
  }
  return { text, cwd, check }
}

eachServer('docs/querying.md: every example prints what stands there', async (t, { url }) => {
  const { text, check } = await documented(t, url, {
    name: 'querying.md',
    index: uniqueName('blog-entries'),
  })
  const examples = examplesIn(text)
  t.true(examples.length > 40)
  const wrong: (string | undefined)[] = []
  for (let at = 0; at < examples.length; at += 3)
    wrong.push(...(await Promise.all(examples.slice(at, at + 3).map(check))))
  t.deepEqual(wrong.filter(Boolean), [])
})

/** Does for the examples what the program of this name does; the servers of the tests do not have it. */
const PARALLEL = `#!/bin/sh
command=
while [ "$1" != ::: ]; do case $1 in -j*) ;; *) command="$command $1" ;; esac; shift; done
shift
printf '%s\\n' "$@" | xargs -P 4 -I'{}' sh -c "$command"
`

eachServer(
  'docs/moving-data.md: one example after the other prints what stands there',
  async (t, { url }) => {
    const { text, cwd, check } = await documented(t, url, {
      name: 'moving-data.md',
      index: uniqueName('moved'),
    })
    writeFileSync(join(cwd, 'bin/parallel'), PARALLEL, { mode: 0o755 })
    const examples = examplesIn(text)
    t.true(examples.length > 10)
    for (const example of examples) t.is(await check(example), undefined)
    const job = parse(/^```yaml\n(apiVersion[^`]+)^```$/m.exec(text)?.[1] ?? '')
    const [{ args }] = job.spec.template.spec.containers
    for (let part = 0; part < job.spec.completions; part++) {
      const command = `export JOB_COMPLETION_INDEX=${part}; ${args[0].replaceAll('/data/', './')}`
      t.is(await check({ command, printed: ['…'] }), undefined)
    }
    // the document that was changed after the plan is not in it
    const ids = await check({
      command: 'zcat job-*.ndjson.gz | jq -r ._id | sort -u | wc -l',
      printed: ['51'],
    })
    t.is(ids, undefined)
  },
)
