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
 * Reads a time as a person types it: ISO 8601, or a day, a month or a year of it; seconds or milliseconds since the
 * epoch, `15m` (ago), `now-1h`, `today`, `yesterday`, or a weekday (the latest one, today included).
 *
 * @throws {UsageError} for anything else
 */
export function parseTime(typed: string, end: End, clock: Clock): Bound {
  const period = periodOf(typed.toLowerCase(), clock)
  if (period === undefined) return [end === 'since' ? 'gte' : 'lte', momentOf(typed, clock)]
  return end === 'since' ? ['gte', format(period.from, clock)] : ['lt', format(period.to, clock)]
}

/** Where a day, a month or a year begins, and where the next one does. */
interface Period {
  from: Date
  to: Date
}

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

function periodOf(typed: string, clock: Clock): Period | undefined {
  const today = startOfDay(clock.now, clock)
  const dayFrom = (from: Date): Period => ({ from, to: addDays(from, 1, clock) })
  if (typed === 'today') return dayFrom(today)
  if (typed === 'yesterday') return dayFrom(addDays(today, -1, clock))
  const weekday = WEEKDAYS.findIndex(name => typed === name || typed === name.slice(0, 3))
  if (weekday >= 0) return dayFrom(addDays(today, -((weekdayOf(today, clock) - weekday + 7) % 7), clock))
  const [, ...parts] = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?$/.exec(typed) ?? []
  return parts.length > 0 ? calendarPeriod(typed, parts, clock) : undefined
}

/** @throws {UsageError} for a month or a day that the calendar does not have */
function calendarPeriod(typed: string, parts: readonly (string | undefined)[], clock: Clock): Period {
  const [year = 0, month, day] = parts.map(part => part && Number(part)) as [number, number?, number?]
  const at = (...date: [number, number, number]) =>
    clock.utc ? new Date(Date.UTC(...date)) : new Date(...date)
  const from = at(year, (month ?? 1) - 1, day ?? 1)
  if (!format(from, clock).startsWith(typed))
    throw new UsageError(`there is no such ${day === undefined ? 'month' : 'day'}`)
  if (month === undefined) return { from, to: at(year + 1, 0, 1) }
  return { from, to: day === undefined ? at(year, month, 1) : at(year, month - 1, day + 1) }
}

/** A time with its offset, every digit of its seconds kept. */
const TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}(?::\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)?)(Z|[+-]\d{2}:?\d{2})?$/i

function momentOf(typed: string, clock: Clock): string {
  if (/^\d{10}$/.test(typed)) return format(new Date(Number(typed) * 1000), clock)
  if (/^\d{13}$/.test(typed)) return format(new Date(Number(typed)), clock)
  const [, date, time, offset] = TIME.exec(typed) ?? []
  if (date !== undefined && time !== undefined)
    return timeOf(`${date}T${time.length === 2 ? `${time}:00` : time.replace(',', '.')}`, offset, clock)
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

/** In milliseconds. */
const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** In months, which are not equally long. */
const LONG_UNITS: Readonly<Record<string, number>> = { M: 1, y: 12 }

/** `15m`, which is ago, and `now` with any number of `+1h` and `-2d` after it. */
function relativeTime(typed: string, now: Date): Date | undefined {
  const [, steps] =
    /^now((?:[+-]\d+[smhdwMy])*)$/.exec(/^\d+[smhdwMy]$/.test(typed) ? `now-${typed}` : typed) ?? []
  if (steps === undefined) return undefined
  const moment = new Date(now)
  for (const step of steps.match(/[+-]\d+[smhdwMy]/g) ?? []) shift(moment, step)
  if (Number.isNaN(moment.getTime()) || moment.getUTCFullYear() > 9999)
    throw new UsageError('there is no such time')
  return moment
}

function shift(moment: Date, step: string): void {
  const [count, unit] = [Number(step.slice(0, -1)), step.at(-1) ?? '']
  const months = LONG_UNITS[unit]
  if (months === undefined) moment.setTime(moment.getTime() + count * (UNITS[unit] ?? 0))
  else moment.setUTCMonth(moment.getUTCMonth() + count * months)
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
