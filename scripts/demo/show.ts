import type { Project } from './project.ts'

const STRING_OR_NUMBER = /"(?:\\.|[^"\\])*"|(-?\d[\d.Ee+-]*)/g
const ROUND_TRIP = `node -p 'JSON.stringify(JSON.parse(fs.readFileSync(0)))'`

/** Runs the commands in a project, one after the other, and prints each with its answer. */
export async function show(project: Project): Promise<void> {
  const play = async (line: string): Promise<string> => {
    print(`$ ${line}\n`)
    const answer = await project.run(line)
    print(`${answer}\n`)
    return answer
  }
  note('Two names for one cluster, and a name for an index:')
  await play('cat .esconnrc')
  await play('esconn aliases')
  note('Each hit is a line, with the bytes that the cluster sent:')
  const hits = await play('esconn search entry --term text=words')
  note('The exit status decides:')
  await play('esconn --alias logs ping; echo "exit status $?"')
  await compare(hits, play)
  note('The same from a program:')
  await play('cat snippet.js')
  await play('node snippet.js')
}

/** Asks for the last of the hits by its long number, with and without a program that parses and prints it. */
async function compare(hits: string, play: (line: string) => Promise<string>): Promise<void> {
  const id = /.*"id"\s*:\s*(\d+)/s.exec(hits)?.[1]
  const search = `esconn search entry --term id=${id}`
  note('Ask by a 64-bit number: none of its digits is lost, on the way there or back:')
  const sent = await play(search)
  note('Most tools parse JSON and print it again, and then the numbers are no longer the same:')
  const printed = await play(`${search} | ${ROUND_TRIP}`)
  print(`${changes(sent, printed).join('\n')}\n\n`)
}

/** The numbers that are written otherwise in the second of two texts. */
function changes(before: string, after: string): string[] {
  const printed = numbers(after)
  const pairs = numbers(before).map((sent, at) => [sent, printed[at]] as const)
  return pairs.filter(([a, b]) => a !== b).map(([a, b]) => `    ${a.padEnd(19)} became ${b}`)
}

const numbers = (json: string): string[] =>
  [...json.matchAll(STRING_OR_NUMBER)].flatMap(found => found[1] ?? [])

const note = (text: string): void => print(`# ${text}\n`)

function print(text: string): void {
  process.stdout.write(text)
}
