import { basename, extname } from 'node:path'
import { ConfigError } from '../errors.ts'
import { MAX_SIZE } from './disk.ts'
import { onOneLine, type Position, place, type Source } from './mistakes.ts'
import { jsonFault, memberRanges } from './strictjson.ts'
import { parseYaml } from './yaml.ts'

/** What a text file does not hold; U+FFFD stands where bytes were no UTF-8. */
const NO_TEXT = /[\uFFFD\x00-\x08\x0B\x0C\x0E-\x1F\x7F]/

/** What of cosmiconfig's calls for a loader's answer: it takes the member itself out of a file called `package`. */
export const MEMBER = 'esconn'

/** Without one of these a `package.json` is nobody's business here, whatever it holds. */
const MAY_HOLD_MEMBER = /"esconn"|\\u|\0/

/** UTF-16 read as UTF-8: its byte order mark is no UTF-8, and every second byte of plain text is zero. */
const UTF_16 = /^(?:\uFFFD\uFFFD|[^\0]\0|\0[^\0])/

/** Parses a file for cosmiconfig. */
export function load(file: string, content: string): unknown {
  const source = parse(file, content)
  return basename(file, extname(file)) === 'package' ? { [MEMBER]: source } : source
}

/**
 * Parses the content of a file: JSON by the names `.json`, YAML by any other; of `package.json` one member.
 *
 * @returns undefined for an empty file, and for a `package.json` without the member
 * @throws {ConfigError} for what is no text, no YAML or no JSON
 */
export function parse(file: string, content: string): Source | undefined {
  const text = content.replace(/^\uFEFF/, '')
  if (basename(file) === 'package.json' && !MAY_HOLD_MEMBER.test(text)) return undefined
  refuseNoText(file, text)
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
  const [range, again] = memberRanges(text, MEMBER)
  if (again !== undefined)
    throw new ConfigError(
      `${place(file, positionIn(text, again[0]))}: ${MEMBER}: a key that is there already`,
    )
  const before = text.slice(0, range?.[0]).replace(/[^\n]/g, ' ')
  return range && withText(parseYaml(file, before + text.slice(...range)), text.slice(...range))
}

function refuseNoText(file: string, text: string): void {
  if (Buffer.byteLength(text) > MAX_SIZE) throw new ConfigError(`${onOneLine(file)}: larger than 1 MiB`)
  if (UTF_16.test(text)) throw new ConfigError(`${onOneLine(file)}: UTF-16 text: save it as UTF-8`)
  const offset = text.search(NO_TEXT)
  if (offset < 0) return
  const what = text[offset] === '\uFFFD' ? 'not UTF-8 text: save it as UTF-8' : 'a control character'
  throw new ConfigError(`${place(file, positionIn(text, offset))}: ${what}`)
}

function refuseNoJson(file: string, text: string): void {
  const fault = jsonFault(text)
  if (fault === undefined) return
  const advice = fault.lenient ? 'comments, trailing commas and unquoted names need a .yaml file' : undefined
  throw new ConfigError(`${place(file, positionIn(text, fault.offset))}: not valid JSON: ${fault.what}`, {
    advice,
  })
}

function positionIn(text: string, offset: number): Position {
  const before = text.slice(0, offset).split(/\r\n?|\n/)
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}
