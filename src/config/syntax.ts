import { type Document, isCollection, isScalar, visit, type YAMLError } from 'yaml'
import type { Fault, Position } from './mistakes.ts'
import { type Line, NOT_CLOSED, ruleFor } from './words.ts'

/** What is looked at behind a mistake. */
const MAX_LINE = 1000

const OTHER = 'something that does not belong here'

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

function faultOf(
  { code, message, pos: [offset] }: YAMLError,
  line: Line,
  openings: Map<number, number>,
): Fault {
  const error = `${code}: ${message}`
  const [, what = OTHER, { before, after } = {}] = ruleFor(error, line) ?? []
  const found = before?.exec(line.before)
  const begin =
    found?.[1] === undefined ? 0 : found.index + found[0].length - found[1].length - line.before.length
  const opening = NOT_CLOSED.test(error) && after === undefined ? openings.get(offset) : undefined
  return { offset: opening ?? offset + begin, what: typeof what === 'string' ? what : what(line) }
}

/** Where each quoted text and each bracket begins, by where it ends; of several the innermost. */
function openingsIn(document: Document): Map<number, number> {
  const openings = new Map<number, number>()
  visit(document, {
    Node: (_key, node) => {
      if (!node.range || !(isScalar(node) || (isCollection(node) && node.flow))) return
      openings.set(node.range[1], node.range[0])
    },
  })
  return openings
}
