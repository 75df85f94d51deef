import { basename, extname } from 'node:path'
import { ConfigError } from '../../errors.ts'
import { type Member, membersOf } from '../../json/members.ts'
import { MAX_CONFIG_SIZE, tooLarge } from '../files/read.ts'
import { formatLocation, type Position, type Source } from '../mistakes.ts'
import { parseJson } from './json.ts'
import { parseYaml } from './yaml.ts'

/** The member of a `package.json` that is a configuration; cosmiconfig takes it out of a file called `package`. */
export const MEMBER = 'esconn'

/** Parses a file for cosmiconfig. */
export function loadForCosmiconfig(file: string, content: string): unknown {
  const source = parseFile(file, content)
  return basename(file, extname(file)) === 'package' ? { [MEMBER]: source } : source
}

/**
 * Parses the content of a file as YAML, of which JSON is a subset; of `package.json` only the member `esconn`.
 *
 * @returns undefined for an empty file, and for a `package.json` without the member
 * @throws {ConfigError} for content that is larger than 128 KiB, not UTF-8 text or not valid YAML
 */
export function parseFile(file: string, content: string): Source | undefined {
  const text = content.replace(/^\uFEFF/, '')
  if (basename(file) === 'package.json') return parsePackage(file, text)
  refuseLarge(file, text)
  refuseNonText(file, text)
  return withText(parse(file, text), content)
}

const parse = (file: string, text: string): Source | undefined =>
  parseJson(file, text) ?? parseYaml(file, text)

const withText = (source: Source | undefined, text: string): Source | undefined =>
  source && { ...source, text }

function refuseLarge(file: string, text: string): void {
  if (Buffer.byteLength(text) > MAX_CONFIG_SIZE) throw tooLarge(formatLocation(file), MAX_CONFIG_SIZE)
}

/** A `package.json` without one of these does not contain our member, so that its other content does not matter. */
const MAY_HAVE_MEMBER = /"esconn"|\\u|\0/

/** Replaces everything before the member by blanks, so that other members are not checked and positions stay right. */
function parsePackage(file: string, text: string): Source | undefined {
  if (!MAY_HAVE_MEMBER.test(text)) return undefined
  refuseNonText(file, text)
  const json = Buffer.from(text)
  const [member, second] = packageMembers(file, text).filter(({ key }) => key === MEMBER)
  if (member === undefined) return undefined
  const before = json.toString('utf8', 0, member.start)
  const value = json.toString('utf8', member.start, member.end)
  if (second !== undefined) {
    const position = positionIn(text, json.toString('utf8', 0, second.start).length)
    const location = `${formatLocation(file, position)}: ${MEMBER}`
    throw new ConfigError('duplicate key', { location })
  }
  refuseLarge(file, value)
  return withText(parse(file, before.replace(/[^\n]/g, ' ') + value), value)
}

/** @throws {ConfigError} for a file that is not valid JSON, with the position if it is not valid YAML either */
function packageMembers(file: string, text: string): Member[] {
  try {
    JSON.parse(text)
    return membersOf(Buffer.from(text))
  } catch {
    refuseLarge(file, text)
    parseYaml(file, text)
    throw new ConfigError('is not valid JSON', { location: formatLocation(file) })
  }
}

/** Characters that no text file contains; U+FFFD takes the place of bytes that are not UTF-8. */
const NOT_TEXT = /[\uFFFD\x00-\x08\x0B\x0C\x0E-\x1F\x7F]/

/** UTF-16 read as UTF-8: its byte order mark is not UTF-8, and every second byte of plain text is zero. */
const UTF_16 = /^(?:\uFFFD\uFFFD|[^\0]\0|\0[^\0])/

function refuseNonText(file: string, text: string): void {
  if (UTF_16.test(text))
    throw new ConfigError('UTF-16 text: save it as UTF-8', { location: formatLocation(file) })
  const offset = text.search(NOT_TEXT)
  if (offset < 0) return
  const what = text[offset] === '\uFFFD' ? 'not UTF-8 text: save it as UTF-8' : 'a control character'
  throw new ConfigError(what, { location: formatLocation(file, positionIn(text, offset)) })
}

function positionIn(text: string, offset: number): Position {
  const before = text.slice(0, offset).split(/\r\n?|\n/)
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}
