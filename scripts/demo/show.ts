import { parse } from 'lossless-json'
import type { Project } from './project.ts'

const ROUND_TRIP = `node -p 'JSON.stringify(JSON.parse(fs.readFileSync(0)))'`

/** Runs the commands in a project, one after the other, and prints each with its output. */
export async function show(project: Project): Promise<void> {
  const play = async (line: string): Promise<string> => {
    print(`$ ${line}\n`)
    const output = await project.run(line)
    print(`${output}\n`)
    return output
  }
  note('Which cluster is this?')
  await play('esconn ping')
  note('The configuration has two names for the cluster, and a short name for an index:')
  await play('cat .esconnrc')
  await play('esconn aliases')
  note('Each hit is one line, byte for byte as the cluster sent it:')
  const hits = await play('esconn search entry --match text=words')
  await compare(hits, play)
  note('The exit status tells a script what happened. With -e, it is 1 if there are no hits:')
  await play('esconn --alias logs search entry --term text=unicorn -e; echo "exit status $?"')
  note('From a program, with the same configuration:')
  await play('cat snippet.js')
  await play('node snippet.js')
}

/** Searches for the last of the hits by its 64-bit id, with and without a program that parses and prints JSON. */
async function compare(hits: string, play: (line: string) => Promise<string>): Promise<void> {
  const last = parse(hits.trimEnd().split('\n').at(-1) ?? '') as { _source: { id: unknown } }
  const search = `esconn search entry --term id=${last._source.id}`
  note('Search for a 64-bit number: no digit is lost, neither in the query nor in the hit:')
  const sent = await play(search)
  note('Most programs parse JSON and print it again, and that changes numbers:')
  const printed = await play(`${search} | ${ROUND_TRIP}`)
  print(`${changes(sent, printed).join('\n')}\n\n`)
}

/** The numbers that are written differently in the second of two texts. */
function changes(before: string, after: string): string[] {
  const printed = numbers(after)
  const pairs = numbers(before).map((sent, at) => [sent, printed[at]] as const)
  return pairs.filter(([a, b]) => a !== b).map(([a, b]) => `    ${a.padEnd(19)} became ${b}`)
}

/** As they are written, in the order of the text. */
function numbers(json: string): string[] {
  const found: string[] = []
  parse(json, undefined, number => found.push(number))
  return found
}

const note = (text: string): void => print(`# ${text}\n`)

function print(text: string): void {
  process.stdout.write(text)
}
