import test from 'ava'
import fc from 'fast-check'
import { UsageError } from '../../src/errors.ts'
import { type Bound, parseTime } from '../../src/query/times.ts'

/** A Friday. */
const NOW = new Date('2026-11-27T10:30:15.250Z')
const clock = { now: NOW, utc: true }

const reads = test.macro({
  exec(t, typed: string, since: Bound, until: Bound) {
    t.deepEqual(parseTime(typed, 'since', clock), since)
    t.deepEqual(parseTime(typed, 'until', clock), until)
  },
  title: (_, typed: string) => typed,
})
const moment = (time: string): [Bound, Bound] => [
  ['gte', time],
  ['lte', time],
]
const day = (first: string, next: string): [Bound, Bound] => [
  ['gte', `${first}T00:00:00.000Z`],
  ['lt', `${next}T00:00:00.000Z`],
]

test(reads, '15m', ...moment('2026-11-27T10:15:15.250Z'))
test(reads, '2d', ...moment('2026-11-25T10:30:15.250Z'))
test(reads, '1w', ...moment('2026-11-20T10:30:15.250Z'))
test(reads, '90s', ...moment('2026-11-27T10:28:45.250Z'))
test(reads, 'now', ...moment('2026-11-27T10:30:15.250Z'))
test(reads, 'now-1h', ...moment('2026-11-27T09:30:15.250Z'))
test(reads, 'now+1d-2h', ...moment('2026-11-28T08:30:15.250Z'))
test(reads, '1764238200', ...moment('2025-11-27T10:10:00.000Z'))
test(reads, '1764238200123', ...moment('2025-11-27T10:10:00.123Z'))
test(reads, '2026-11-27T10:30', ...moment('2026-11-27T10:30Z'))
test(reads, '2026-11-27 10:30:05', ...moment('2026-11-27T10:30:05Z'))
test(reads, '2026-11-27T10:30:05.123456789', ...moment('2026-11-27T10:30:05.123456789Z'))
test(reads, '2026-11-27T10:30:05,5+02:00', ...moment('2026-11-27T10:30:05.5+02:00'))
test(reads, '2026-11-27t10:30z', ...moment('2026-11-27T10:30Z'))
test(reads, 'today', ...day('2026-11-27', '2026-11-28'))
test(reads, 'Yesterday', ...day('2026-11-26', '2026-11-27'))
test(reads, 'friday', ...day('2026-11-27', '2026-11-28'))
test(reads, 'saturday', ...day('2026-11-21', '2026-11-22'))
test(reads, 'monday', ...day('2026-11-23', '2026-11-24'))
test(reads, '2024-02-29', ...day('2024-02-29', '2024-03-01'))
test(reads, 'fri', ...day('2026-11-27', '2026-11-28'))
test(reads, '2024-02', ...day('2024-02-01', '2024-03-01'))
test(reads, '2024-12', ...day('2024-12-01', '2025-01-01'))
test(reads, '2024', ...day('2024-01-01', '2025-01-01'))
test(reads, '2026-11-27T10', ...moment('2026-11-27T10:00Z'))
test(reads, '1M', ...moment('2026-10-27T10:30:15.250Z'))
test(reads, 'now-2y+1M', ...moment('2024-12-27T10:30:15.250Z'))

for (const typed of [
  '',
  'soon',
  '15',
  '15x',
  '2026-13',
  '2026-13-01',
  '2026-02-30',
  '2026-02-30T10:00',
  '2026-11-27T25:00',
  'now-1',
  'now/d',
  '99999999w',
])
  test(`refused: ${JSON.stringify(typed)}`, t => {
    t.throws(() => parseTime(typed, 'since', clock), { instanceOf: UsageError })
  })

test('a local time has the offset of its day, and a day that of its zone', t => {
  const local = { now: NOW, utc: false }
  const [, time] = parseTime('2026-07-01T12:00', 'since', local)
  t.is(new Date(time).getTime(), new Date(2026, 6, 1, 12).getTime())
  const [, start] = parseTime('2026-07-01', 'since', local)
  const [, end] = parseTime('2026-07-01', 'until', local)
  t.is(new Date(start).getTime(), new Date(2026, 6, 1).getTime())
  t.is(new Date(end).getTime(), new Date(2026, 6, 2).getTime())
})

test('any moment in any form is that moment', t => {
  const date = fc.date({ min: new Date('1970-01-02'), max: new Date('2200-01-01'), noInvalidDate: true })
  fc.assert(
    fc.property(date, fc.boolean(), (at, utc) => {
      const read = (typed: string) => new Date(parseTime(typed, 'since', { now: NOW, utc })[1]).getTime()
      t.is(read(at.toISOString()), at.getTime())
      if (at.getTime() >= 1e12 && at.getTime() < 1e13) t.is(read(String(at.getTime())), at.getTime())
    }),
  )
})
