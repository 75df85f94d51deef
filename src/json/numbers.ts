/** A number as it is written in its file, so that no digit is lost. */
export class RawNumber {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** Deeper than any query that a person writes; also where an object that contains itself is noticed. */
const MAX_JSON_DEPTH = 500

/** Data that JSON cannot express; the message says which. */
export class NotJsonError extends Error {}

/**
 * JSON text of plain data. A `RawNumber` keeps its digits, in JSON's spelling where YAML's differs (`+.5`, `0x1F`).
 *
 * @throws {NotJsonError} for infinities, functions and other data that JSON cannot express, and for deep nesting
 */
export function toJson(value: unknown, depth = 0): string {
  if (value instanceof RawNumber) return jsonNumber(value.text)
  if (typeof value !== 'object' || value === null) return jsonScalar(value)
  if (depth > MAX_JSON_DEPTH) throw new NotJsonError(`is nested more than ${MAX_JSON_DEPTH} deep`)
  if (Array.isArray(value)) return `[${value.map(item => toJson(item, depth + 1)).join(',')}]`
  const members = Object.entries(value).map(
    ([key, item]) => `${JSON.stringify(key)}:${toJson(item, depth + 1)}`,
  )
  return `{${members.join(',')}}`
}

function jsonScalar(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  const text = typeof value === 'number' && !Number.isFinite(value) ? undefined : JSON.stringify(value)
  if (text === undefined) throw new NotJsonError(INEXPRESSIBLE)
  return text
}

const INEXPRESSIBLE = 'contains a value that JSON cannot express'

const DECIMAL = /^([-+]?)0*(\d*?)(?:\.(\d*))?(e[-+]?\d+)?$/i

function jsonNumber(text: string): string {
  if (/^0[xo]/.test(text)) return String(BigInt(text))
  const match = DECIMAL.exec(text)
  if (match === null) throw new NotJsonError(INEXPRESSIBLE)
  const [, sign, whole, fraction, exponent = ''] = match
  return `${sign === '-' ? '-' : ''}${whole || '0'}${fraction ? `.${fraction}` : ''}${exponent}`
}
