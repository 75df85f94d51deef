import { basename, extname } from 'node:path'
import { ConfigError } from '../errors.ts'
import { type Position, place, type Source } from './mistakes.ts'
import { jsonFault, memberRange } from './strictjson.ts'
import { parseYaml } from './yaml.ts'

/** Larger than any configuration that a person wrote, in bytes. */
export const MAX_SIZE = 1024 * 1024

/** What a text file does not hold; U+FFFD stands where bytes were no UTF-8. */
const NO_TEXT = /[\uFFFD\x00-\x08\x0B\x0C\x0E-\x1F\x7F]/

/** What of cosmiconfig's calls for a loader's answer: it takes the member itself out of a file called `package`. */
export const MEMBER = 'esconn'

/**
 * Parses a file for cosmiconfig: JSON by the names `.json`, YAML by any other; of `package.json` one member.
 *
 * @returns undefined for an empty file, and as member of a `package.json` without it
 * @throws {ConfigError} for what is no text, no YAML or no JSON
 */
export function load(file: string, content: string): unknown {
  const text = content.replace(/^\uFEFF/, '')
  refuseNoText(file, text)
  const source = parse(file, text, content)
  return basename(file, extname(file)) === 'package' ? { [MEMBER]: source } : source
}

function parse(file: string, text: string, content: string): Source | undefined {
  if (extname(file) !== '.json') return withText(parseYaml(file, text), content)
  refuseNoJson(file, text)
  return basename(file) === 'package.json'
    ? parseMember(file, text)
    : withText(parseYaml(file, text), content)
}

const withText = (source: Source | undefined, text: string): Source | undefined =>
  source && { ...source, text }

/** Blanks all but the member, so that what others put into the file is not judged, and positions stay. */
function parseMember(file: string, text: string): Source | undefined {
  const range = memberRange(text, MEMBER)
  const before = text.slice(0, range?.[0]).replace(/[^\n]/g, ' ')
  return range && withText(parseYaml(file, before + text.slice(...range)), text.slice(...range))
}

function refuseNoText(file: string, text: string): void {
  if (Buffer.byteLength(text) > MAX_SIZE) throw new ConfigError(`${file}: larger than 1 MiB`)
  const offset = text.search(NO_TEXT)
  if (offset >= 0) throw new ConfigError(`${place(file, positionIn(text, offset))}: not UTF-8 text`)
}

function refuseNoJson(file: string, text: string): void {
  const offset = jsonFault(text)
  if (offset === undefined) return
  throw new ConfigError(`${place(file, positionIn(text, offset))}: not valid JSON`, {
    advice: 'comments, trailing commas and unquoted names need a .yaml file',
  })
}

function positionIn(text: string, offset: number): Position {
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}
