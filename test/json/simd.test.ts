import test from 'ava'
import fc from 'fast-check'
import { MemberScanner } from '../../src/json/member-scanner.ts'
import { JsonValueScanner } from '../../src/json/scan.ts'
import { SimdScanner } from '../../src/json/simd.ts'

const simd = new SimdScanner()

/** Where a value ends that may be cut into pieces, in which state its scan is at the end of each, or what is wrong. */
function skip(pieces: readonly Buffer[], skipPiece: (value: JsonValueScanner, piece: Buffer) => number) {
  const value = new JsonValueScanner()
  value.begin(0x7b)
  const states: unknown[] = []
  try {
    for (const piece of pieces.filter(({ length }) => length > 0)) {
      const at = skipPiece(value, piece)
      states.push([at, value.mode, ...value.closers])
      if (!value.open) break
    }
  } catch (error) {
    states.push(String(error))
  }
  return states
}

function isSkippedAlike(t: { deepEqual: (a: unknown, b: unknown) => void }, pieces: readonly Buffer[]) {
  t.deepEqual(
    skip(pieces, (value, piece) => simd.skip(value, piece, 0)),
    skip(pieces, (value, piece) => value.skip(piece, 0)),
  )
}

const TOKENS = [
  ...'{}[]":,/*\\\n\r\t a1',
  '\u0001',
  '"}"',
  '//',
  '/*',
  '*/',
  '\\"',
  '\\\\',
  'é',
  'text '.repeat(13),
]

/** Anything that can happen in a value, and much that must not. */
const bytes = fc
  .array(fc.oneof(fc.constantFrom(...TOKENS), fc.constantFrom('"x":"y",', '{"a":[', '{}', '1,')), {
    maxLength: 80,
  })
  .map(tokens => Buffer.from(tokens.join('')))

const inStrings = fc
  .array(fc.string({ unit: 'grapheme', maxLength: 100 }))
  .map(texts => Buffer.from(`"a":${JSON.stringify(texts)}},{`))

const cutInto = (whole: Buffer, sizes: readonly number[]): Buffer[] => {
  const ends = sizes.map((_, index) => sizes.slice(0, index + 1).reduce((sum, size) => sum + size, 0))
  return [...ends, whole.length].map((end, index) => whole.subarray(ends[index - 1] ?? 0, end))
}

test('any bytes, cut anywhere, are skipped as by JsonValueScanner: the same ends, states and errors', t => {
  const sizes = fc.array(fc.nat(200), { maxLength: 6 })
  fc.assert(
    fc.property(fc.oneof(bytes, inStrings), sizes, (whole, places) =>
      isSkippedAlike(t, cutInto(whole, places)),
    ),
    { numRuns: 3000 },
  )
})

test('each byte at each place of a block', t => {
  for (const byte of [0, 9, 10, 13, 31, 32, 34, 42, 44, 47, 91, 92, 93, 123, 125, 127, 128, 255])
    for (const around of [
      '"a":"text in a string',
      '"a":1, "b" : [ 1,2',
      '"a":1 /* a comment',
      '// a comment',
    ])
      for (let place = 0; place < 130; place++) {
        const text = around.padEnd(130, around.includes('"text') ? 'x' : ' ')
        isSkippedAlike(t, [
          Buffer.concat([
            Buffer.from(text.slice(0, place)),
            Buffer.from([byte]),
            Buffer.from(`${text.slice(place)}"]*/\n}}`),
          ]),
        ])
      }
})

test('nesting up to the limit, and beyond it', t => {
  for (const depth of [100_000, 99_999, 99_998])
    isSkippedAlike(
      t,
      cutInto(Buffer.from(`"a":${'['.repeat(depth)}${']'.repeat(depth)}}`), [60_000, 60_000, 60_000]),
    )
})

/** The elements of an array, and their members `a`, in chunks of a size: of less than 16 KiB by JsonValueScanner. */
function elementsIn(text: Buffer, size: number) {
  const found: string[] = []
  const members: string[] = []
  const scanner = new MemberScanner({ each: 'hits.hits.*', pass: 'hits.hits' })
  try {
    for (let at = 0; at < text.length; at += size)
      for (const run of scanner.push(text.subarray(at, at + size)).runs) {
        found.push(...run.elements.map(String))
        members.push(...run.membersOf('a').map(String))
      }
    return { found, members, state: scanner.state }
  } catch (error) {
    return String(error) // of a chunk that has an error, nothing is given out: how many came before it depends on the size
  }
}

const element = fc.oneof(
  fc.json().map(json => `{"a":${json}}`),
  fc.json().map(json => `{"b":"\\\\\\"{","c":[{}],"a":{"a":[${json}]},"d":{}}`),
  fc.constantFrom(
    '{}',
    '{"b":{"a":{}},"a" : {"a":{}},"a":1}',
    '{"a":1,/*{*/"a":{}/*}*/}',
    '{"a":"\\""/* " } */}',
    '{//\n}',
    `{"s":"${'é"'.repeat(50).replaceAll('"', '\\"')}"}`,
  ),
)
const separator = fc.constantFrom(',', ',', ',', ' , ', ',\n', '\r\n,\t')

test('elements of an array are the same ones, cut anywhere', t => {
  const arrays = fc.array(fc.tuple(element, separator), { minLength: 20, maxLength: 200 })
  const mistake = fc.option(fc.tuple(fc.nat(), fc.constantFrom(...'{}[]":,/*\\ x')), { freq: 2 })
  fc.assert(
    fc.property(arrays, mistake, fc.integer({ min: 16 * 1024, max: 80_000 }), (items, wrong, size) => {
      const array = items.map(([json, comma]) => json + comma).join('')
      const text = Buffer.from(`{"hits":{"hits":[${array.repeat(1 + 50_000 / array.length)}{}]}}`)
      if (wrong) text.write(wrong[1], wrong[0] % text.length)
      t.deepEqual(elementsIn(text, size), elementsIn(text, 1000))
    }),
    { numRuns: 200 },
  )
})

test('more elements than are found at once', t => {
  const text = Buffer.from(`{"hits":{"hits":[${'{},{"a":{}},'.repeat(10_000)}{}]}}`)
  t.deepEqual(elementsIn(text, text.length), elementsIn(text, 1000))
})
