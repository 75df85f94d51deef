import test from 'ava'
import fc from 'fast-check'
import stringWidth from 'string-width'
import { textWidth } from '../../../src/cli/output/width.ts'

const PARTS = [
  'a',
  'é',
  'e\u0301',
  'ж',
  '山田',
  '🔥',
  '👩‍👩‍👧',
  '🇩🇪',
  '–',
  '\u200b',
  'क्षि',
  'ｱ',
  '1\ufe0f\u20e3',
  '\u0600',
  ' ',
]

test('the width of any text is what string-width says', t => {
  const texts = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.array(fc.constantFrom(...PARTS)).map(parts => parts.join('')),
  )
  fc.assert(
    fc.property(texts, text => t.is(textWidth(text), stringWidth(text), JSON.stringify(text))),
    { numRuns: 5000 },
  )
})
