import { PassThrough } from 'node:stream'
import { setImmediate as immediate } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import type { TestEvent } from '../../scripts/test-runner/events.ts'
import { TestReport } from '../../scripts/test-runner/report.ts'

const FILE = `${process.cwd()}/test/a.test.ts`
const PASSED: TestEvent = { type: 'test-passed', testFile: FILE, title: 'fine' }

/** The output of the test command for a run with these events that ends with `status`, and its exit status. */
async function reported(t: ExecutionContext, events: TestEvent[], status: number | string) {
  const out = new PassThrough()
  const report = new TestReport(out)
  for (const event of events) report.take(event)
  report.ended(status)
  const exit = report.end()
  out.end()
  await immediate()
  const text = String(out.read())
  t.true(text.endsWith('\n'))
  return { exit, text, last: text.trimEnd().split('\n').at(-1) }
}

test('all passed', async t => {
  const { exit, last, text } = await reported(t, [PASSED, PASSED], 0)
  t.deepEqual([exit, last], [0, '2 passed, 0 failed'])
  t.false(text.includes('FAILED'))
})

test('a failure is printed in full when it happens, and its title at the end', async t => {
  const err = {
    type: 'ava' as const,
    message: 'it should be so',
    formattedDetails: [{ label: 'Difference (- actual, + expected):', formatted: '- 1\n+ 2' }],
    stack: `at file://${FILE}:7:3\nat run (node_modules/ava/lib/test.js:1:1)`,
  }
  const events = [PASSED, { type: 'test-failed', testFile: FILE, title: 'odd', err }]
  const { exit, last, text } = await reported(t, events, 1)
  t.deepEqual([exit, last], [1, '1 passed, 1 failed'])
  const [before = '', after = ''] = text.split('failed:')
  for (const part of ['FAILED test/a.test.ts: odd', 'it should be so', '  + 2', 'at test/a.test.ts:7:3'])
    t.true(before.includes(part), part)
  t.false(text.includes('node_modules'))
  t.true(after.includes('test/a.test.ts: odd'))
})

test('what is skipped is counted by its reason', async t => {
  const skipped = (title: string) => ({ type: 'selected-test', testFile: FILE, title, skip: true })
  const { last, text } = await reported(
    t,
    [PASSED, skipped('a (no room)'), skipped('b (no room)'), skipped('c')],
    0,
  )
  t.is(last, '1 passed, 0 failed, 3 skipped')
  t.true(text.includes('  2: no room\n  1: c\n'))
})

test('whatever else ends a run is a failure', async t => {
  const pendingTests = new Map([[FILE, new Set(['endless'])]])
  const rows: [TestEvent[], number | string, RegExp][] = [
    [[], 0, /no test was run/],
    [[PASSED], 1, /ava ended with 1/],
    [[PASSED], 'SIGKILL', /ava ended with SIGKILL/],
    [
      [PASSED, { type: 'worker-failed', testFile: FILE, signal: 'SIGSEGV' }],
      1,
      /a\.test\.ts.*\s+ended by SIGSEGV/,
    ],
    [[PASSED, { type: 'worker-failed', testFile: FILE, nonZeroExitCode: 3 }], 1, /exit status 3/],
    [[PASSED, { type: 'timeout', period: 180_000, pendingTests }], 1, /not done: test\/a\.test\.ts: endless/],
    [[PASSED, { type: 'missing-ava-import', testFile: FILE }], 1, /no tests in this file/],
  ]
  for (const [events, status, said] of rows) {
    const { exit, text, last } = await reported(t, events, status)
    t.regex(text, said)
    t.deepEqual([exit, last], [1, `${events.length > 0 ? 1 : 0} passed, 1 failed`])
  }
})
