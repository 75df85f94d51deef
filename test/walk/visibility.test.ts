import test, { type ExecutionContext } from 'ava'
import { judge, type NextStep, type Sight } from '../../src/walk/visibility.ts'

const state = (globalCheckpoint: number, maxSeqNo: number, refreshes: number, primary = 'a') => ({
  globalCheckpoint,
  maxSeqNo,
  refreshes,
  primary,
})

/** Numbers up to 10 have been given out, and those up to 20 could be. */
const SIGHT: Sight = {
  mark: 10,
  sample: state(20, 20, 5),
  now: state(30, 30, 5),
  highest: 10,
  waits: 0,
  ownRefresh: 0,
}

const follows = test.macro((t: ExecutionContext, sight: Partial<Sight>, verdict: NextStep) => {
  t.is(judge({ ...SIGHT, ...sight }), verdict)
})

test('nothing after the mark is visible', follows, {}, 'nothing')
test('nothing is visible, and a refresh has ended', follows, { now: state(30, 30, 6) }, 'nothing')
test('something that is later than the sample is visible', follows, { highest: 21 }, 'read')
test(
  'the last of the sample is visible: one before it may not be',
  follows,
  { highest: 20, now: state(30, 30, 6) },
  'wait',
)
test(
  'two refreshes have ended: the second began after the sample',
  follows,
  { now: state(20, 20, 7), highest: 8 },
  'read',
)
test(
  'refreshes of another primary prove nothing',
  follows,
  { now: state(30, 30, 7, 'b'), highest: 20 },
  'wait',
)
test(
  'all that was written is visible: a refresh makes nothing visible before its time',
  follows,
  { highest: 20, now: state(20, 20, 6) },
  'refresh',
)
test('more has been written: the next refresh comes', follows, { highest: 15 }, 'wait')
test('it has not come until the next look', follows, { highest: 15, waits: 1 }, 'refresh')
test('ours was the last one', follows, { highest: 15, waits: 1, ownRefresh: 5 }, 'wait')
test('one has ended since ours', follows, { highest: 15, waits: 1, ownRefresh: 4 }, 'refresh')
