import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import test from 'ava'

/** The layers from the top; a file may import from its own and from those below. */
const LAYERS = [
  ['cli'],
  ['index'],
  ['connections'],
  ['connection'],
  ['walk'],
  ['query', 'hits'],
  ['wire'],
  ['config'],
  ['json'],
  ['abort', 'errors', 'text', 'units', 'version'],
]

const SOURCE = join(import.meta.dirname, '../src')
const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'))

const layerOf = (file: string): number => {
  const name = (file.split('/')[0] as string).replace(/\.ts$/, '')
  return LAYERS.findIndex(layer => layer.includes(name))
}

/** The files of this project that a file imports, statically or dynamically. */
const importsOf = (file: string): string[] => {
  const text = readFileSync(join(SOURCE, file), 'utf8')
  const found = text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)
  return [...found].map(([, path]) => normalize(join(dirname(file), path as string)))
}

test('every file is in a layer', t => {
  t.deepEqual(
    files.filter(file => layerOf(file) < 0),
    [],
  )
})

test('imports point downward', t => {
  const upward = files.flatMap(file =>
    importsOf(file)
      .filter(imported => layerOf(imported) < layerOf(file))
      .map(imported => `${file} -> ${imported}`),
  )
  t.deepEqual(upward, [])
})

test('there are no import cycles', t => {
  const state = new Map<string, 'open' | 'done'>()
  const visit = (file: string, trail: string[]): void => {
    if (state.get(file) === 'open') t.fail([...trail, file].join(' -> '))
    if (state.has(file)) return
    state.set(file, 'open')
    for (const imported of importsOf(file)) visit(imported, [...trail, file])
    state.set(file, 'done')
  }
  for (const file of files) visit(file, [])
  t.is(state.size, files.length)
})
