import test from 'ava'
import { mapStrings, stringsIn } from '../../src/config/definition-strings.ts'
import { RawNumber } from '../../src/json/numbers.ts'

const retries = new RawNumber('3')
const definition = {
  node: 'a',
  nodes: ['b', 'c'],
  retries,
  readonly: true,
  indices: { query: 'd', v: { index: 'e', query: { term: { x: 'f' } } } },
}

test('every string is found with its path, except in the query of a view', t => {
  t.deepEqual(stringsIn(definition), [
    [['node'], 'a'],
    [['nodes', 0], 'b'],
    [['nodes', 1], 'c'],
    [['indices', 'query'], 'd'],
    [['indices', 'v', 'index'], 'e'],
  ])
  t.deepEqual(stringsIn({ indices: { v: { index: 'e', query: '{"validated":1}' } } }), [
    [['indices', 'v', 'index'], 'e'],
  ])
  t.deepEqual(stringsIn('another alias'), [[[], 'another alias']])
})

test('a copy with changed strings keeps everything else', t => {
  t.deepEqual(
    mapStrings(definition, text => text.toUpperCase()),
    {
      node: 'A',
      nodes: ['B', 'C'],
      retries,
      readonly: true,
      indices: { query: 'D', v: { index: 'E', query: { term: { x: 'f' } } } },
    },
  )
})
