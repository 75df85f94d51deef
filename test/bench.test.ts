import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { type Figures, measure } from '../scripts/bench/measure.ts'
import { configured } from './support/configured.ts'

const bench = (...argv: string[]) =>
  promisify(execFile)(process.execPath, ['--import', 'tsx', 'scripts/bench.ts', ...argv])

test('chosen cases, each with its figures, as a table and as JSON', async t => {
  const file = join(configured(t, ''), 'figures.json')
  const names = ['ten', 'chunked', 'gzip', 'length --format json'].map(words => `esconn search ${words}`)
  const chosen = [...names, 'esconn: hits'].flatMap(name => ['--only', name])
  const { stdout } = await bench('--size', '1', '--runs', '1', '--json', file, ...chosen)
  const { machine, results } = JSON.parse(readFileSync(file, 'utf8')) as {
    machine: string[]
    results: { group: string; figures: Figures[] }[]
  }
  t.true(machine.includes(`Node ${process.versions.node}`))
  const all = results.flatMap(({ group, figures }) =>
    figures.map(one => [`${group}: ${one.name}`, one] as const),
  )
  for (const [name, { times, median, ratio, failure }] of all) {
    t.is(failure, undefined, name)
    t.true(times.length === 1 && times[0] === median && Number(median) > 0 && Number(ratio) > 0, name)
    t.true(stdout.includes(name.split(': ')[1] ?? ''), name)
  }
  const found = new Map<string, Figures>(all)
  for (const name of [
    'start: node -e 0',
    'start: esconn search ten',
    'library: client',
    'library: esconn: hits',
  ])
    t.true(found.has(name), name)
  t.false(found.has('start: esconn ping'))
  const lines = found.get('chunked: esconn search chunked')?.bytes
  t.true(Number(lines) > 1e6)
  t.is(found.get('gzip: esconn search gzip --alias gzip')?.bytes, lines)
  t.is(found.get('formats: esconn search length --format json')?.bytes, Number(lines) + 2)
})

test('a case that fails has no figures, and what it said is told', async t => {
  const said: string[] = []
  const shell = (name: string, script: string) => ({ name, argv: ['sh', '-c', script] })
  const group = {
    name: 'shells',
    title: 'Shells',
    baseline: 'good',
    runs: 2,
    cases: [shell('good', 'exit 0'), shell('bad', 'echo "no such thing" >&2; exit 3')],
  }
  const surroundings = {
    directory: configured(t, ''),
    measurer: undefined,
    say: (line: string) => said.push(line),
  }
  const [good, bad] = await measure(group, 2, surroundings)
  t.like(good, { ratio: 1, failure: undefined })
  t.is(good?.times.length, 2)
  t.like(bad, { times: [], ratio: undefined, failure: 'failed: no such thing' })
  t.true(said.includes('bad: failed: no such thing'))
})

for (const [argv, message] of [
  [['--only', 'formatz'], /^bench: --only formatz: no group .* start, length, chunked, /m],
  [['--runs', '0'], /^bench: --runs must be /m],
] as const)
  test(`${argv.join(' ')}: what is wrong with it`, async t => {
    const { code, stderr } = await t.throwsAsync<Error & { code: number; stderr: string }>(
      bench('--size', '1', ...argv),
    )
    t.is(code, 2)
    t.regex(stderr, message)
  })
