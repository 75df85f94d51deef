import test from 'ava'
import { Bytes } from '../../../src/cli/output/bytes.ts'
import { DelimitedWriter } from '../../../src/cli/output/delimited.ts'

/** A value between two others, as it is in a hit. */
function cell(json: string, name: 'csv' | 'tsv', { isTerminal = false, isSafe = false } = {}): string {
  const [bytes, out] = [Buffer.from(`["é",${json},1]`), new Bytes()]
  const [start, end] = [6, 6 + Buffer.byteLength(json)]
  new DelimitedWriter(out, name, { isTerminal, isSafe }).row({
    bytes,
    starts: [1, start, end + 1],
    ends: [5, end, end + 2],
  })
  return out
    .take()
    .toString()
    .slice(2, name === 'csv' ? -4 : -3)
}

const prints = test.macro((t, json: string, csv: string, tsv: string) => {
  t.deepEqual([cell(json, 'csv'), cell(json, 'tsv')], [csv, tsv])
})
test('plain text', prints, '"Malmö 東京"', 'Malmö 東京', 'Malmö 東京')
test('a number', prints, '1.50E2', '1.50E2', '1.50E2')
test('null, and strings that read like it or like no value', prints, 'null', 'null', 'null')
test('the string null', prints, '"null"', '"null"', 'null')
test('the string null, escaped', prints, '"\\u006eull"', '"null"', 'null')
test('a string that begins like it', prints, '"none"', 'none', 'none')
test('an empty string', prints, '""', '""', '')
test('a comma', prints, '"a,b"', '"a,b"', 'a,b')
test('quotes', prints, '"a \\"b\\""', '"a ""b"""', 'a "b"')
test('a backslash and a slash', prints, '"a\\\\b\\/c"', 'a\\b/c', 'a\\\\b/c')
test('line breaks and a tab', prints, '"a\\r\\nb\\tc"', '"a\r\nb\tc"', 'a\\r\\nb\\tc')
test('other controls', prints, '"\\b\\f\\u001b\x7f"', '\b\f\u001b\x7f', '\b\f\u001b\x7f')
test('half a character stays JSON', prints, '"\\ud83d"', '"""\\ud83d"""', '"\\\\ud83d"')
test('an array', prints, '[ 1.0,"a"]', '"[ 1.0,""a""]"', '[ 1.0,"a"]')
test('an array on two lines', prints, '[1,\n2]', '"[1,\n2]"', '[1,\\n2]')

test('on a terminal controls are escaped, in quotes too', t => {
  t.is(cell('"\x7fé\\u009b"', 'csv', { isTerminal: true }), '\\u007fé\\u009b')
  t.is(cell('"\u202e"', 'csv', { isTerminal: true }), '\\u202e')
  t.is(cell('"\u202e,\\u001b"', 'csv', { isTerminal: true }), '"\\u202e,\\u001b"')
  t.is(cell('"\u202e\\t"', 'tsv', { isTerminal: true }), '\\u202e\\t')
})

test('safe: texts that a spreadsheet would run, but no numbers', t => {
  const safe = (json: string) => cell(json, 'csv', { isSafe: true })
  const texts = ['"=1+2"', '"\\u003d1"', '"\\tx"', '"@a,b"', '-1', '"a-b"'].map(safe)
  t.deepEqual(texts, ["'=1+2", "'=1", "'\tx", '"\'@a,b"', '-1', 'a-b'])
})
