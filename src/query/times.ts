import { UsageError } from '../errors.ts'

/** What a time is read against. */
export interface Clock {
  now: Date
  /** Whether times without an offset are UTC, instead of local times. */
  utc: boolean
}

/** Which end of a range a time is: a date alone is its whole day. */
type End = 'since' | 'until'

/** The comparison of a range, and the time in the form `strict_date_optional_time`. */
export type Bound = ['gte' | 'lte' | 'lt', string]

/**
 * Reads a time as a person types it: ISO 8601, seconds or milliseconds since the epoch, `15m` (ago), `now-1h`, `today`,
 * `yesterday`, or a weekday (the latest one, today included).
 *
 * @throws {UsageError} for anything else
 */
export function parseTime(typed: string, end: End, clock: Clock): Bound {
  const day = dayOf(typed.toLowerCase(), clock)
  if (day === undefined) return [end === 'since' ? 'gte' : 'lte', momentOf(typed, clock)]
  return end === 'since' ? ['gte', format(day, clock)] : ['lt', format(addDays(day, 1, clock), clock)]
}

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

/** The beginning of the day that is named, if one is. */
function dayOf(typed: string, clock: Clock): Date | undefined {
  const today = startOfDay(clock.now, clock)
  if (typed === 'today') return today
  if (typed === 'yesterday') return addDays(today, -1, clock)
  const weekday = WEEKDAYS.indexOf(typed)
  if (weekday >= 0) return addDays(today, -((weekdayOf(today, clock) - weekday + 7) % 7), clock)
  const [, ...date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(typed) ?? []
  return date.length > 0 ? calendarDate(typed, date.map(Number), clock) : undefined
}

/** @throws {UsageError} for a day that the calendar does not have */
function calendarDate(typed: string, [year = 0, month = 0, day = 0]: number[], clock: Clock): Date {
  const date = clock.utc ? new Date(Date.UTC(year, month - 1, day)) : new Date(year, month - 1, day)
  if (format(date, clock).startsWith(typed)) return date
  throw new UsageError('there is no such day')
}

/** A time with its offset, every digit of its seconds kept. */
const TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?$/i

function momentOf(typed: string, clock: Clock): string {
  if (/^\d{10}$/.test(typed)) return format(new Date(Number(typed) * 1000), clock)
  if (/^\d{13}$/.test(typed)) return format(new Date(Number(typed)), clock)
  const [, date, time, offset] = TIME.exec(typed) ?? []
  if (date !== undefined && time !== undefined)
    return timeOf(`${date}T${time.replace(',', '.')}`, offset, clock)
  const relative = relativeTime(typed, clock.now)
  if (relative !== undefined) return format(relative, clock)
  throw new UsageError('not a time', {
    advice: 'for example: 15m, 2d, now-1h, yesterday, monday, 2026-11-27, 2026-11-27T10:30, 1764238200',
  })
}

/** @throws {UsageError} for a time that does not exist */
function timeOf(text: string, offset: string | undefined, clock: Clock): string {
  const zone = offset?.toUpperCase() ?? (clock.utc ? 'Z' : '')
  const date = new Date(text.replace(/(\.\d{3})\d+$/, '$1') + zone)
  const day = new Date(`${text.slice(0, 10)}T00:00Z`)
  const exists = !Number.isNaN(date.getTime()) && !Number.isNaN(day.getTime())
  if (!exists || format(day, { ...clock, utc: true }).slice(0, 10) !== text.slice(0, 10))
    throw new UsageError('there is no such time')
  return text + (zone || offsetOf(date))
}

const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** `15m`, which is ago, and `now` with any number of `+1h` and `-2d` after it. */
function relativeTime(typed: string, now: Date): Date | undefined {
  const [, steps] =
    /^now((?:[+-]\d+[smhdw])*)$/.exec(/^\d+[smhdw]$/.test(typed) ? `now-${typed}` : typed) ?? []
  if (steps === undefined) return undefined
  const each = steps.match(/[+-]\d+[smhdw]/g) ?? []
  const shift = each.reduce(
    (sum, step) => sum + Number(step.slice(0, -1)) * (UNITS[step.at(-1) ?? ''] ?? 0),
    0,
  )
  const moment = new Date(now.getTime() + shift)
  if (Number.isNaN(moment.getTime()) || moment.getUTCFullYear() > 9999)
    throw new UsageError('there is no such time')
  return moment
}

function startOfDay(moment: Date, { utc }: Clock): Date {
  const day = new Date(moment)
  if (utc) day.setUTCHours(0, 0, 0, 0)
  else day.setHours(0, 0, 0, 0)
  return day
}

/** By the calendar: a day may have 23 or 25 hours. */
function addDays(day: Date, days: number, { utc }: Clock): Date {
  const other = new Date(day)
  if (utc) other.setUTCDate(other.getUTCDate() + days)
  else other.setDate(other.getDate() + days)
  return other
}

const weekdayOf = (day: Date, { utc }: Clock): number => (utc ? day.getUTCDay() : day.getDay())

/** `2026-11-27T10:30:00.000+01:00`: in the zone in which it was meant. */
function format(date: Date, { utc }: Clock): string {
  if (utc) return date.toISOString()
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, -1) + offsetOf(date)
}

function offsetOf(date: Date): string {
  const minutes = -date.getTimezoneOffset()
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  const digits = [hours, rest].map(part => String(part).padStart(2, '0')).join(':')
  return minutes === 0 ? 'Z' : `${minutes < 0 ? '-' : '+'}${digits}`
}
