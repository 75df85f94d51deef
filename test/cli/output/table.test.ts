import test from 'ava'
import { Chalk } from 'chalk'
import fc from 'fast-check'
import stringWidth from 'string-width'
import { Bytes } from '../../../src/cli/output/bytes.ts'
import { Table } from '../../../src/cli/output/table.ts'
import { isNarrow } from '../../../src/cli/output/width.ts'
import type { Row } from '../../../src/hits/columns.ts'
import { textOf } from '../../../src/json/members.ts'
import { escapeControls } from '../../../src/text.ts'

const plain = new Chalk({ level: 0 })

interface Printed {
  width?: number
  /** Rows after the sample. */
  later?: string[][]
  hidden?: string[]
}

/** The first row has the names of the columns. */
const prints = test.macro(
  (
    t,
    [names = [], ...sample]: string[][],
    lines: string[],
    { width, later = [], hidden = [] }: Printed = {},
  ) => {
    const table = new Table(names, sample, { chalk: plain, width })
    const printed = table.header + [...sample, ...later].map(row => table.line(row)).join('')
    t.deepEqual(printed.split('\n').slice(0, -1), lines)
    t.deepEqual(table.hidden, hidden)
  },
)

const CITIES = [
  ['city', 'people', 'country'],
  ['Reykjavík', '139875', 'Iceland'],
  ['Rome', '2800000', 'Italy'],
]
test('texts to the left, numbers to the right, nothing after the last column', prints, CITIES, [
  'city        people  country',
  'Reykjavík   139875  Iceland',
  'Rome       2800000  Italy',
])
test(
  'sizes are numbers, and so is a column with gaps; one other text makes it texts',
  prints,
  [
    ['size', 'docs', 'code', 'n'],
    ['1.0KiB', '', '1', '-1.5e3'],
    ['12B', '10', 'x', '7'],
  ],
  ['  size  docs  code       n', '1.0KiB        1     -1.5e3', '   12B    10  x          7'],
)
test(
  'an empty last cell leaves no blanks',
  prints,
  [
    ['a', 'b'],
    ['x', ''],
  ],
  ['a  b', 'x'],
)
test(
  'narrow columns keep their width, wide ones share what is left',
  prints,
  [
    ['id', 'title', 'text'],
    ['1', 'abcdefghijklmnopqrst', 'abcdefghijklmnopqrstuvwxyz'],
  ],
  ['id  title          text', ' 1  abcdefghijkl…  abcdefghijkl…'],
  { width: 32 },
)
test(
  'wide characters are counted as the terminal shows them',
  prints,
  [
    ['name', 'n'],
    ['東京都', '1'],
    ['👩‍👩‍👧', '2'],
    ['é', '3'],
  ],
  ['name    n', '東京都  1', '👩‍👩‍👧      2', 'é       3'],
)
test(
  'a wide character is not cut in two',
  prints,
  [
    ['name', 'n'],
    ['東京都東京都', '1'],
  ],
  ['name      n', '東京都…   1'],
  { width: 11 },
)
test(
  'control characters are escaped, and counted so',
  prints,
  [
    ['a', 'b'],
    ['\u001b[2J', 'x\ny'],
  ],
  ['a          b', '\\u001b[2J  x\\u000ay'],
)
test(
  'later rows are cut to the columns; the last one has the rest of the line',
  prints,
  [
    ['a', 'b'],
    ['xx', 'yy'],
  ],
  ['a   b', 'xx  yy', 'x…  yyyyyy', 'x…  yyyyy…'],
  {
    width: 10,
    later: [
      ['xxx', 'yyyyyy'],
      ['xxx', 'yyyyyyy'],
    ],
  },
)
test(
  'where the width is not known nothing is cut',
  prints,
  [
    ['a', 'b'],
    ['xx', 'y'],
  ],
  ['a   b', 'xx  y', 'xxx  y'],
  {
    later: [['xxx', 'y']],
  },
)
test(
  'columns that do not fit even when they are narrow are left out',
  prints,
  [
    ['first', 'second', 'third', 'fourth'],
    ['abcdefghijklm', 'abcdefghijklm', 'abcdefghijklm', '4'],
  ],
  ['first       second', 'abcdefghi…  abcdefghi…'],
  { width: 22, hidden: ['third', 'fourth'] },
)
test(
  'one column always stays',
  prints,
  [
    ['name', 'n'],
    ['abcdef', '1'],
  ],
  ['na…', 'ab…'],
  { width: 3, hidden: ['n'] },
)

test('the names of the columns are bold where colors are used', t => {
  const table = new Table(['a', 'b'], [['xx', 'y']], { chalk: new Chalk({ level: 1 }), width: 40 })
  t.is(table.header, '\u001b[1ma   b\u001b[22m\n')
  t.is(table.line(['xx', 'y']), 'xx  y\n')
})

test('a long text is not measured beyond the width of the terminal', t => {
  const table = new Table(['a'], [['é'.repeat(5_000_000)]], { chalk: plain, width: 40 })
  const { user } = process.cpuUsage()
  table.line(['é'.repeat(5_000_000)])
  t.true(process.cpuUsage().user - user < 1_000_000)
})

test('no line is wider than the terminal, and none controls it', t => {
  const text = fc.string({ unit: 'binary', maxLength: 60 })
  const row = fc.array(text, { maxLength: 12 })
  fc.assert(
    fc.property(
      row,
      fc.array(row),
      fc.array(row),
      fc.integer({ min: 1, max: 200 }),
      (names, sample, later, width) => {
        const table = new Table(['name', ...names], sample, { chalk: plain, width })
        for (const line of [table.header, ...[...sample, ...later].map(cells => table.line(cells))]) {
          t.true(stringWidth(line.slice(0, -1)) <= width, line)
          t.regex(line, /^[^\u0000-\u001f\u007f-\u009f]*\n$/)
        }
      },
    ),
  )
})

test('a hit is the same line as its texts, at every width', t => {
  const text = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.string({ unit: 'binary', maxLength: 6 }),
    fc.string({ unit: fc.constantFrom('é', '–', 'ж', '\u0301', '東', '"', '\u3000', ' '), maxLength: 12 }),
  )
  const value = fc.oneof(
    text.map(own => JSON.stringify(own)),
    fc.constantFrom('1.0', '', '[1, "\\n"]'),
  )
  const rows = fc.array(fc.tuple(value, value, value), { minLength: 1 })
  fc.assert(
    fc.property(rows, fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }), (values, width) => {
      const texts = values.map(row => row.map(json => (json ? textOf(Buffer.from(json)) : '')))
      const table = new Table(['a', 'b', 'c'], texts.slice(1), { chalk: plain, width })
      const out = new Bytes()
      for (const row of values) table.write(rowOf(row), out)
      t.is(out.take().toString(), texts.map(row => table.line(row)).join(''))
    }),
  )
})

/** The values side by side, as they are in a hit. */
function rowOf(values: readonly string[]): Row {
  const bytes = Buffer.from(values.join())
  const endOf = (index: number) => Buffer.byteLength(values.slice(0, index + 1).join())
  const ends = values.map((value, index) => (value ? endOf(index) : 0))
  const starts = values.map((value, index) => (ends[index] as number) - Buffer.byteLength(value))
  return { bytes, starts, ends }
}

test('what counts as narrow takes one column a character for string-width too', t => {
  const narrow = Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code)).filter(isNarrow)
  t.true(narrow.length > 1000)
  t.is(stringWidth(narrow.join('')), narrow.length)
  for (const character of narrow) t.is(stringWidth(`${character}${character}é`), 3, escapeControls(character))
})
