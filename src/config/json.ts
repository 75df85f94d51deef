/** A number as it stands in its file, so that no digit is lost. */
export class Numeral {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** Deeper than the query of a person; much deeper ones would use up the stack. */
const MAX_DEPTH = 500

/** Data that JSON has no form for; the message says which. */
export class NoJson extends Error {}

/**
 * JSON text of plain data. A `Numeral` keeps its digits, in JSON's spelling where YAML's differs (`+.5`, `0x1F`).
 * Throws `NoJson` for what JSON cannot say: infinities, functions, an object that contains itself; and for what is nested too deep.
 */
export function toJson(value: unknown, around: readonly unknown[] = []): string {
  if (value instanceof Numeral) return jsonNumber(value.text)
  if (typeof value !== 'object' || value === null) return jsonScalar(value)
  if (around.includes(value)) throw new NoJson('contains itself')
  if (around.length > MAX_DEPTH) throw new NoJson(`is nested more than ${MAX_DEPTH} deep`)
  const inner = [...around, value]
  if (Array.isArray(value)) return `[${value.map(item => toJson(item, inner)).join(',')}]`
  const members = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${toJson(item, inner)}`)
  return `{${members.join(',')}}`
}

function jsonScalar(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new NoJson('holds a number that JSON has not')
  const text = JSON.stringify(value)
  if (text === undefined) throw new NoJson('holds something that JSON has not')
  return text
}

const DECIMAL = /^([-+]?)0*(\d*?)(?:\.(\d*))?(e[-+]?\d+)?$/i

function jsonNumber(text: string): string {
  if (/^0[xo]/.test(text)) return String(BigInt(text))
  const match = DECIMAL.exec(text)
  if (match === null) throw new NoJson('holds a number that JSON has not')
  const [, sign, whole, fraction, exponent = ''] = match
  return `${sign === '-' ? '-' : ''}${whole || '0'}${fraction ? `.${fraction}` : ''}${exponent}`
}
