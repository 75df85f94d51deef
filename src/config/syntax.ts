import { type Document, visit, type YAMLError } from 'yaml'
import type { Fault, Position } from './mistakes.ts'
import { type Line, ruleFor } from './words.ts'

/** What is looked at behind a mistake. */
const MAX_LINE = 1000

const OTHER = 'something that does not belong here'

/** Where things begin, by where they end. */
interface Openings {
  quotes: Map<number, number>
  brackets: Map<number, number>
}

/** The errors of a document: of each line the first, since most others follow from it. */
export function faultsOf(
  document: Document,
  text: string,
  positionOf: (offset: number) => Position,
): Fault[] {
  const errors = [...document.errors, ...document.warnings].toSorted(
    (one, other) => one.pos[0] - other.pos[0],
  )
  const lines = new Map<number, YAMLError>()
  for (const error of errors) {
    const { line } = positionOf(error.pos[0])
    if (!lines.has(line) && (lines.size === 0 || error.code !== 'UNEXPECTED_TOKEN')) lines.set(line, error)
  }
  const openings = openingsIn(document)
  return [...lines.values()].map(error => {
    const [offset] = error.pos
    const [after = ''] = text.slice(offset, offset + MAX_LINE).split(/\r?\n/, 1)
    const before = text.slice(offset - positionOf(offset).column + 1, offset)
    return faultOf(error, { before, after }, openings)
  })
}

function faultOf({ code, message, pos: [offset] }: YAMLError, line: Line, openings: Openings): Fault {
  const [, what = OTHER, { before, from } = {}] = ruleFor(`${code}: ${message}`, line) ?? []
  const group = before?.exec(line.before)?.indices?.[1]?.[0] ?? line.before.length
  return {
    offset: (from && openings[from].get(offset)) ?? offset - line.before.length + group,
    what: typeof what === 'string' ? what : what(line),
  }
}

/** Finds what begins a text in quotes or in brackets; where several end at once it is the innermost. */
function openingsIn(document: Document): Openings {
  const openings = { quotes: new Map<number, number>(), brackets: new Map<number, number>() }
  visit(document, {
    Scalar: (_key, { range }) => void (range && openings.quotes.set(range[1], range[0])),
    Collection: (_key, { range, flow }) => void (range && flow && openings.brackets.set(range[1], range[0])),
  })
  return openings
}
