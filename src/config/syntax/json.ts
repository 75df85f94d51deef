import { RawNumber } from '../../json/numbers.ts'
import type { Source } from '../mistakes.ts'
import { parseYaml } from './yaml.ts'

/** Brackets of a text that is not nested too deeply for the YAML parser, however they are placed. */
const MAX_BRACKETS = 64

/**
 * Reads plain JSON as `parseYaml` does, without loading the YAML parser, which takes longer than all else about a
 * small configuration. It is used only for the position of a field.
 *
 * @returns undefined for anything else, also for JSON with duplicate keys, escapes of Unicode, or numbers that
 * JavaScript would write differently
 */
export function parseJson(file: string, text: string): Source | undefined {
  const brackets = text.match(/[[{]/g)?.length ?? 0
  if (!/^\s*\{/.test(text) || text.includes('\\u') || brackets > MAX_BRACKETS) return undefined
  const data = parsed(text)
  if (data === undefined || JSON.stringify(data, writeNumber) !== withoutSpace(text)) return undefined
  let positioned: Source | undefined
  return {
    file,
    data,
    position: path => {
      positioned ??= parseYaml(file, text)
      return positioned?.position(path)
    },
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text, (_, value) => (typeof value === 'number' ? new RawNumber(String(value)) : value))
  } catch {
    return undefined
  }
}

const writeNumber = (_key: string, value: unknown): unknown =>
  value instanceof RawNumber ? Number(value.text) : value

/** Valid JSON without the white space between its tokens. */
const withoutSpace = (text: string): string => text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1')
