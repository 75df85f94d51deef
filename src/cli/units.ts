import { durationAdvice, parseDuration } from '../duration.ts'
import { UsageError } from '../errors.ts'

const BYTES: Record<string, number> = {
  '': 1,
  b: 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
}

/** `30s`, `1.5m`, `200ms` in milliseconds; the unit must be said. */
export function milliseconds(flag: string, typed: string): number {
  const value = parseDuration(typed)
  if (value !== undefined) return value
  throw new UsageError(`${flag} ${typed}: no duration`, { advice: durationAdvice(typed, `${flag} `) })
}

/** `100MB`, `2GiB` or a plain number of bytes. */
export function bytes(flag: string, typed: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(typed) ?? []
  const value = Math.floor(Number(number) * (BYTES[unit.toLowerCase()] ?? 0))
  if (value > 0) return value
  throw new UsageError(`${flag} ${typed}: no size`, { advice: 'for example: 100MB, 2GiB' })
}

/** A whole number from 0, its digits as typed. */
export function count(flag: string, typed: string): string {
  if (/^(?:0|[1-9]\d*)$/.test(typed)) return typed
  throw new UsageError(`${flag} ${typed}: expected a whole number`)
}
