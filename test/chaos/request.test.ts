import test from 'ava'
import { staysFlat } from '../support/flat.ts'

test('2.2 GB are received and sent byte for byte, in constant memory', async t => {
  t.timeout(600_000)
  await staysFlat(t, 34_000, 200)
})
