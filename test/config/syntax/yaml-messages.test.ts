import test from 'ava'
import { says } from '../_mistakes.ts'

const VARIABLE = 'inside braces or brackets, a variable must be in quotes: "${NAME}"'
test(says, 'auth: { apiKey: ${SECRET} }', `1:17: ${VARIABLE}`)
test(says, 'auth: { apiKey: ${SECRET:-secret} }', `1:17: ${VARIABLE}`)
test(says, 'auth: { username: ${U}, password: secret }', `1:19: ${VARIABLE}`)
test(says, 'auth: { username: u, password: ${P}}', `1:32: ${VARIABLE}`)
test(says, 'auth: {\n  apiKey: ${SECRET}\n}\ntls: {}', `2:11: ${VARIABLE}`)
test(says, 'nodes: [${A}, ${B}]', `1:9: ${VARIABLE}`)
test(says, 'nodes: [https://${A}:9200]', `1:17: ${VARIABLE}`)
test(says, '{ aliases: { a: ${B} } }', `1:17: ${VARIABLE}`)

const SPACE = 'a space is missing after the colon'
const PAIR = 'a colon and a space are missing between key and value'
const EQUALS = 'a colon and a space belong between key and value, not ='
test(says, 'a: b\nnode:http://secret', `2:1: ${SPACE}`)
test(says, 'node:http://secret\na: b', `1:1: ${SPACE}`)
test(says, 'auth:\n  password:secret\n  username: u', `2:3: ${SPACE}`)
test(says, 'auth:\n  username: u\n  password:secret', `3:3: ${SPACE}`)
test(says, '{ password:secret }', `1:3: ${SPACE}`)
test(says, '{ username:u, password:secret }', `1:3: ${SPACE}`, `1:15: ${SPACE}`)
test(says, '{ password:"secret" }', `1:3: ${SPACE}`)
test(says, 'aliases:{ a: { node: http://a } }', `1:9: ${SPACE}`)
test(says, 'nodes:[http://a]\na: b', `1:1: ${SPACE}`)
test(says, 'password secret\na: b', `1:1: ${PAIR}`)
test(says, 'a: b\npassword secret', `2:1: ${PAIR}`)
test(says, 'aliases\n  a: b', `1:1: ${PAIR}`)
test(says, '{ password secret }', `1:3: ${PAIR}`)
test(says, '{ http://u:secret@a }', `1:3: ${PAIR}`)
test(says, '? secret', `1:3: ${PAIR}`)
test(says, 'password=secret\na: b', `1:1: ${EQUALS}`)
test(says, '{ password=secret }', `1:3: ${EQUALS}`)
test(says, 'module.exports = {\n  a: {}\n}', `1:1: ${EQUALS}`)
test(says, 'password: a: secret', '1:11: a second colon in the line: put the value in quotes')

const TAB = 'a tab in the indentation: use spaces'
test(says, 'a:\n\tb: c', `2:1: ${TAB}`)
test(says, 'a:\n  b:\n  \tc: d', `3:3: ${TAB}`)
test(says, 'a:\n\t- b', `2:1: ${TAB}`)
const WHITE = 'indented with white space other than plain spaces'
test(says, 'a:\n\u00a0\u00a0b: c', `2:1: ${WHITE}`)
test(says, 'a:\n\u200b  b: c', `2:1: ${WHITE}`)
test(says, 'a:\n  b: c\n d: e', '3:1: not indented like the lines around it')
test(says, 'a: b\n  c: d', '1:4: the next line is indented too far')
test(says, 'a:\n  - b\n  -c: d', '3:1: a space is missing after the dash')
test(says, 'a:\n  - b\n -e: f', '3:1: a space is missing after the dash')

const QUOTE = 'a quote that is not closed'
const BEHIND =
  "text after a closing quote: a comma is missing, or the quote is part of the value and must be '' or \\\""
test(says, 'a: "secret', `1:4: ${QUOTE}`)
test(says, "a: 'secret\nb: c", `1:4: ${QUOTE}`)
test(says, 'a: b\nc: { d: "secret }\n', `2:9: ${QUOTE}`)
test(says, "a: 'it's secret'", `1:8: ${BEHIND}`)
test(says, 'a: "b"secret"', `1:7: ${BEHIND}`)
test(says, 'a: { b: "c" }\nd: "e" secret', `2:8: ${BEHIND}`)

const OPEN = 'a bracket that is not closed, or that contains a line without indentation'
const COMMA = 'a comma or a closing bracket is missing in the brackets that begin here'
test(says, 'a: [secret', `1:4: ${OPEN}`)
test(says, '{ a: b', `1:1: ${OPEN}`)
test(says, '[ "a"', `1:1: ${OPEN}`)
test(says, '{ a: "b', `1:6: ${QUOTE}`)
test(says, 'a:\n  b: { c: d\n  e: f', `2:6: ${OPEN}`)
test(says, 'a:\n  b: {\n  c: d\n}', `2:6: ${OPEN}`)
test(says, '{ a: { b: [c }', '1:14: a closing bracket that does not match the open one')
test(says, 'a: { b: c } }', '1:13: one closing bracket too many')
test(says, 'a: { b: c,, d: e }', '1:11: one comma too many')
test(says, '{ a: b c: d }', `1:6: ${COMMA}`)
test(says, '{ a: { b: c }\n d: e }', '2:2: a comma is missing before this')
test(says, '["a" "b"]', '1:6: a comma is missing before this')
test(says, '[\n- a\n]', `2:1: ${COMMA}`)

test(says, 'a: @secret', '1:4: a value that begins with a reserved character: put it in quotes')
test(says, 'a: `secret`', '1:4: a value that begins with a reserved character: put it in quotes')
test(says, '{ a: %secret }', '1:6: a value that begins with a reserved character: put it in quotes')
test(says, 'a: *', '1:4: a value that begins with & or * must be in quotes')
test(says, 'a: &b *c', '1:7: a value that begins with & or * must be in quotes')
test(
  says,
  'a: *-secret',
  '1:4: a YAML alias without an anchor before it; a value that begins with * must be in quotes',
)
test(says, 'a: &secret', '1:11: a YAML anchor without a value; a value that begins with & must be in quotes')
const TAG = 'a tag that cannot be used here; a value that begins with ! must be in quotes'
test(says, 'a: !secret b', `1:4: ${TAG}`)
test(says, 'a: !secret', `1:4: ${TAG}`)
test(says, 'a: !!js/function secret', `1:4: ${TAG}`)
test(says, 'a: !!binary aGk=', `1:4: ${TAG}`)
test(says, 'a: !!set { b, c }', `1:4: ${TAG}`)
test(says, 'a: !!seq { b: c }', `1:4: ${TAG}`)
test(says, 'a: |secret', '1:5: a value that begins with | or > must be in quotes')
test(says, 'a: >secret', '1:5: a value that begins with | or > must be in quotes')
test(says, 'a: "b"#c', '1:7: a space is missing before the # of a comment')
test(
  says,
  'a: "C:\\secret"',
  '1:7: a backslash in double quotes that begins no known escape: write two, or use single quotes',
)
const KEY = 'a key that is not a string; a value that begins with { or [ must be in quotes'
test(says, 'a: {{ secret }}', `1:5: ${KEY}`)
test(says, '? [a]\n: b', `1:3: ${KEY}`)
test('a long key', says, `${'k'.repeat(2000)}: b`, '1:1: a key of more than 1024 characters')

const MERGE = 'an unresolved merge conflict'
test(
  says,
  'a: b\n<<<<<<< HEAD\nc: d\n=======\nc: e\n>>>>>>> x\n',
  ...[2, 4, 6].map(line => `${line}:1: ${MERGE}`),
)
test(says, '<<<<<<< HEAD\na: b\n', `1:1: ${MERGE}`)
test(says, '%secret\na: b', '1:1: an unknown % directive', '2:1: a % directive without a line --- after it')
test(says, '%secret\n---\na: b', '1:1: an unknown % directive')
test(says, '- a\nsecret: c', '2:1: unexpected text')
test(says, '[logs]\nnode = secret', '2:1: unexpected text')

test(
  'a mistake in each of several lines',
  says,
  'a: @b\nc: "\\d"\ne: {f:g}\nh: `i`',
  ...[
    '1:4: a value that begins with a reserved character: put it in quotes',
    '2:5: a backslash in double quotes that begins no known escape: write two, or use single quotes',
    '4:4: a value that begins with a reserved character: put it in quotes',
  ],
)
