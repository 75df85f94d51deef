import test from 'ava'
import fc from 'fast-check'
import { ColumnReader, type Row } from '../../src/hits/columns.ts'
import { allValues, namedValues } from '../../src/hits/fields.ts'

const cellsOf = ({ bytes, starts, ends }: Row): (string | undefined)[] =>
  ends.map((end, column) => (end === 0 ? undefined : bytes.toString('utf8', starts[column], end)))

/** Few keys, so that hits are alike, and paths are there twice, below others, and in arrays. */
const key = fc.constantFrom('"a"', '"b"', '"a.b"', '"\\u0061"', '"_id"', '"c\\"é"', '""')
const gap = fc.oneof(
  { weight: 40, arbitrary: fc.constant('') },
  { weight: 4, arbitrary: fc.constantFrom(' ', '\n\t') },
  { weight: 1, arbitrary: fc.constantFrom('/* "} */', '// ]\n') },
)
const scalar = fc.constantFrom(
  '1.0',
  '-0',
  'null',
  '""',
  '"null"',
  '"\\n\\u00e9 漢"',
  '[]',
  '[1,{"a":[2]}]',
  '{}',
)
const { object } = fc.letrec<{ object: string; value: string }>(tie => ({
  value: fc.oneof({ depthSize: 'small' }, scalar, tie('object')),
  object: fc
    .array(fc.tuple(gap, key, gap, gap, tie('value'), gap), { maxLength: 4 })
    .map(members => `{${members.map(([a, key, b, c, value, d]) => `${a + key + b}:${c + value + d}`)}}`),
}))
const made = fc.dictionary(
  fc.constantFrom('a', 'a.b', 'd'),
  fc.array(fc.nat(), { minLength: 1, maxLength: 2 }),
)
const hits = fc.array(
  fc
    .tuple(object, made, fc.boolean())
    .map(([source, fields, isPlain]) =>
      Buffer.from(
        isPlain
          ? `{"_id":"1","_source":${source}}`
          : `{ "_index":"i","_id":"1","_score":null,"_source":${source},"fields":${JSON.stringify(fields)},"sort":[1]}`,
      ),
    ),
  { minLength: 1, maxLength: 8 },
)

test('without names: the fields of the first hits, as allValues finds them', t => {
  fc.assert(
    fc.property(hits, fc.nat(), (all, count) => {
      const first = all.slice(0, 1 + (count % all.length))
      const reader = new ColumnReader()
      reader.choose(first)
      const names = [...new Set(first.flatMap(hit => [...allValues(hit).keys()]))]
      t.deepEqual(reader.names, names)
      for (const hit of [...all, ...all]) {
        const values = allValues(hit)
        t.deepEqual(
          cellsOf(reader.read(hit)),
          names.map(name => values.get(name)?.toString()),
        )
      }
      const later = all.flatMap(hit => [...allValues(hit).keys()])
      t.deepEqual(reader.late, new Set(later.filter(name => !names.includes(name))))
    }),
  )
})

const NAMES = ['a', 'b', 'a.b', 'a.a', 'd', 'c"é', '', '_id', '_source', '_source.a', 'fields', 'sort', 'a']

test('with names: what namedValues finds', t => {
  fc.assert(
    fc.property(hits, fc.shuffledSubarray(NAMES, { minLength: 1 }), (all, names) => {
      const reader = new ColumnReader(names)
      for (const hit of [...all, ...all]) {
        const values = namedValues(hit, names)
        t.deepEqual(
          cellsOf(reader.read(hit)),
          names.map(name => values.get(name)?.toString()),
        )
      }
      t.is(reader.late.size, 0)
    }),
  )
})

test('values are read where they are, and copied only for hits that are unusual', t => {
  const reader = new ColumnReader()
  const [usual, other] = [
    '{"_source":{"b":{},"c":[{"d":1}],"a":{"x":"y"}}}',
    '{"_source":{"a":{"x":1},"e":2}}',
  ]
  const unusual = ['{"_source":{"a.x":1,"a":{"x":2}}}', '{"_source":{"a":1/**/}}', '{"_source":{"a":"\xff"}}']
  const read = (hit: string, encoding?: BufferEncoding): boolean => {
    const bytes = Buffer.from(hit, encoding)
    return reader.read(bytes).bytes === bytes
  }
  t.deepEqual([read(usual), read(other), read(usual)], [true, true, true])
  t.deepEqual(
    unusual.map(hit => read(hit, 'latin1')),
    [false, false, false],
  )
  t.is(cellsOf(reader.read(Buffer.from('{"_source":{"a":"\xff"}}', 'latin1'))).at(-1), '"\ufffd"')
})

test('keys that are others in each document do not fill the memory: only the first ones are remembered', t => {
  const reader = new ColumnReader(['a'])
  const isInPlace = (key: number): boolean => {
    const hit = Buffer.from(`{"_source":{"key${key}":1,"a":${key}}}`)
    const row = reader.read(hit)
    t.deepEqual(cellsOf(row), [String(key)])
    return row.bytes === hit
  }
  const first = Array.from({ length: 12_000 }, (_, key) => isInPlace(key))
  t.deepEqual([first[0], first[9000], first[11_000], isInPlace(9000)], [true, true, false, true])
})
