// npm run pictures: runs commands of the demo on a terminal and writes what is seen as docs/pictures/*.svg.
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { screenOf } from '../test/support/screen.ts'
import { hasTerminals, NO_TERMINALS, onTerminal, quoted } from '../test/support/terminal.ts'
import { demoServer } from './demo/server.ts'
import { svgOf } from './pictures/svg.ts'

/** Commands, one after the other on a terminal of that width. */
interface Picture {
  columns: number
  commands: string[]
}

const TABLE = 'esconn search entry --term tags=repair --format table'

const PICTURES: Record<string, Picture> = {
  search: { columns: 80, commands: ['esconn search entry --term id=1906285271524077667'] },
  table: { columns: 80, commands: [`${TABLE} \\\n    --fields title,author,rating,views,published`] },
  narrow: { columns: 60, commands: [TABLE] },
  query: {
    columns: 80,
    commands: ["esconn search entry --match title=bread --range 'rating>=4' --show-query"],
  },
  advice: {
    columns: 80,
    commands: [
      'esconn count entry --term tags=bread',
      'esconn search entires',
      'esconn search entry --term titel=bread',
    ],
  },
  doctor: { columns: 80, commands: ['esconn doctor archive'] },
}

/** Nobody listens there. */
const ARCHIVE = '  archive:\n    node: http://localhost:9299\n'

/** What differs from machine to machine, or from run to run. */
const ACCIDENTAL = /\/tmp\/|127\.0\.0\.1:\d|\d ?m?s\b/

/** In bytes. */
const MAX_SIZE = 40_000

if (!hasTerminals) throw new Error(NO_TERMINALS)
const { server, directory } = await demoServer(text => process.stderr.write(`pictures: ${text}\n`))
appendFileSync(join(directory, '.esconnrc'), ARCHIVE)
const folder = join(import.meta.dirname, '../docs/pictures')
mkdirSync(folder, { recursive: true })
for (const [name, picture] of Object.entries(PICTURES)) {
  const svg = await draw(picture)
  if (svg.length > MAX_SIZE) throw new Error(`the picture ${name} has ${svg.length} bytes`)
  writeFileSync(join(folder, `${name}.svg`), svg)
}
await server.stop()

async function draw({ columns, commands }: Picture): Promise<string> {
  const size = [100, columns] as const
  const script = commands
    .map(line => `printf '\\033[1m$ %s\\033[m\\n' ${quoted(line)}; ${line}`)
    .join('; echo; ')
  const env = { HOME: '/nonexistent', PAGER: 'cat', LC_ALL: 'C.UTF-8' }
  const written = await onTerminal(script, [], { cwd: directory, env, size })
  const text = written
    .toString()
    .replaceAll(directory, '/home/ada/blog')
    .replaceAll(server.url, 'http://localhost:9200')
    .replaceAll(/ \(\d+ms\)/g, '')
  const screen = await screenOf(Buffer.from(text), size)
  const [accidental] = ACCIDENTAL.exec(screen.lines.join('')) ?? []
  if (accidental) throw new Error(`a picture would show ${accidental}:\n${screen.lines.join('\n')}`)
  return svgOf(screen, { columns, title: commands.join('; ').replace(/ \\\s+/g, ' ') })
}
