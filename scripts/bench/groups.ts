import { join } from 'node:path'
import { FORMATS } from '../../src/cli/output/formats.ts'
import type { Product } from '../../test/cluster/generations.ts'
import { BATCHES, checkImported, DOCUMENTS, EXPORTED, emptyImported, HITS_FILE, IMPORTED } from './cluster.ts'
import type { Programs } from './programs.ts'

/** What is measured: a name and its command line. */
export interface Case {
  name: string
  argv: readonly string[]
}

/** Cases that do the same; each is compared with the one called `baseline`. */
export interface Group {
  name: string
  title: string
  baseline: string
  /** How often each is run by default. */
  runs: number
  /** What a case prints: how many bytes its output has, or how many milliseconds it took by its own clock. */
  prints?: 'bytes' | 'milliseconds'
  /** What is done before and after each run; it does not count. */
  before?: () => Promise<void>
  after?: () => Promise<void>
  cases: Case[]
}

/** A case whose program may be missing. */
interface Candidate {
  name: string
  argv: readonly string[] | undefined
}

/** Where the server is, and how many MB its large response has. */
interface Target {
  url: string
  megabytes: number
  /** The clusters that are exported, by product. */
  clusters: Readonly<Record<Product, string>>
}

/** All that can be measured with these programs. */
export const allGroups = (programs: Programs, target: Target): Group[] => [
  start(programs, target),
  ...transfers(programs, target),
  library(target),
  exported(programs, 'elasticsearch', target),
  exported(programs, 'opensearch', target),
  imported(programs, 'elasticsearch', target),
  imported(programs, 'opensearch', target),
]

/**
 * The groups and cases of these names, all if there are none; what a case is compared with is added.
 *
 * @param names of groups, or parts of names of cases
 * @throws {Error} if nothing has such a name
 */
export function chosenGroups(groups: Group[], names: readonly string[]): Group[] {
  if (names.length === 0) return groups
  const chosen = new Set(names.flatMap(name => casesNamed(groups, name)))
  return groups
    .filter(({ cases }) => cases.some(one => chosen.has(one)))
    .map(group => ({
      ...group,
      cases: group.cases.filter(one => chosen.has(one) || one.name === group.baseline),
    }))
}

function casesNamed(groups: readonly Group[], name: string): Case[] {
  const group = groups.find(group => group.name === name)
  const cases = group?.cases ?? groups.flatMap(({ cases }) => cases.filter(one => one.name.includes(name)))
  if (cases.length > 0) return cases
  throw new Error(
    `--only ${name}: no group and no case has that name; the groups are ${groups.map(({ name }) => name).join(', ')}`,
  )
}

const start = (programs: Programs, { url }: Target): Group => ({
  name: 'start',
  title: 'Start, and a response of 10 hits',
  baseline: 'node -e 0',
  runs: 15,
  cases: present([
    { name: 'node -e 0', argv: [process.execPath, '-e', '0'] },
    ...ours(programs, '--version'),
    ...ours(programs, 'ping'),
    ...ours(programs, 'search ten'),
    download(programs, `${url}/ten/_search`),
    throughJq(programs, `${url}/ten/_search`),
    { name: 'client', argv: script('client.js', url, 'ten') },
  ]),
})

function transfers(programs: Programs, { url, megabytes }: Target): Group[] {
  const scroll = [`--input=${url}/scroll`, '--output=$', '--limit=10000', '--quiet']
  const group = (name: string, how: string, cases: Candidate[]): Group => ({
    name,
    title: `${megabytes} MB ${how}`,
    baseline: 'curl',
    runs: 3,
    prints: 'bytes',
    cases: counted(cases),
  })
  return [
    group('length', 'framed by Content-Length', [
      download(programs, `${url}/length/_search`),
      throughJq(programs, `${url}/length/_search`),
      ...ours(programs, 'search length'),
      { name: 'client', argv: script('client.js', url, 'length') },
      { name: 'elasticdump', argv: [...programs.elasticdump, ...scroll] },
    ]),
    group('chunked', 'in chunks', [
      download(programs, `${url}/chunked/_search`),
      ...ours(programs, 'search chunked'),
    ]),
    group('gzip', 'compressed by gzip', [
      download(programs, `${url}/gzip/_search`),
      ...ours(programs, 'search gzip --alias gzip'),
    ]),
    group('formats', 'in each format', [
      download(programs, `${url}/length/_search`),
      ...FORMATS.filter(format => format !== 'aggs').flatMap(format =>
        ours(programs, `search length --format ${format}`),
      ),
    ]),
  ]
}

const library = ({ url }: Target): Group => ({
  name: 'library',
  title: '1,000 searches of 10 hits in one process',
  baseline: 'client',
  runs: 5,
  prints: 'milliseconds',
  cases: [
    { name: 'client', argv: script('library.js', url, 'client') },
    { name: 'esconn: search', argv: script('library.js', url, 'search') },
    { name: 'esconn: hits', argv: script('library.js', url, 'hits') },
  ],
})

/** The client of Elasticsearch refuses OpenSearch, and elasticdump a bare Elasticsearch, which does not tell its version. */
function exported(programs: Programs, product: Product, { clusters }: Target): Group {
  const { [product]: url } = clusters
  const { index, shards } = EXPORTED
  const scroll = [`--input=${url}/${index}`, '--output=$', '--limit=10000', '--quiet']
  const other =
    product === 'elasticsearch'
      ? { name: 'client', argv: script('scroll.js', url, index) }
      : { name: 'elasticdump', argv: [...programs.elasticdump, ...scroll] }
  return {
    name: `export-${product}`,
    title: `Export of ${DOCUMENTS.toLocaleString('en')} documents, ${product}`,
    baseline: 'pages',
    runs: 3,
    prints: 'bytes',
    cases: counted([
      { name: 'pages', argv: script('pages.js', url, index, String(shards), product) },
      ...ours(programs, `export ${index} --alias ${product}`),
      other,
    ]),
  }
}

/** By four requests at a time, as esconn does; curl has the bodies ready, and looks at no reply. */
function imported(programs: Programs, product: Product, { clusters }: Target): Group {
  const { [product]: url } = clusters
  const post = `xargs -P 4 -I FILE curl -sS -f -o /dev/null -H content-type:application/x-ndjson --data-binary @FILE '${url}/${IMPORTED}/_bulk?filter_path=errors'`
  const dump = [`--input=${HITS_FILE}`, `--output=${url}/${IMPORTED}`, '--limit=6500', '--quiet']
  const other =
    product === 'elasticsearch'
      ? { name: 'client', argv: script('bulk.js', url, IMPORTED, HITS_FILE) }
      : { name: 'elasticdump', argv: [...programs.elasticdump, ...dump] }
  return {
    name: `import-${product}`,
    title: `Import of ${DOCUMENTS.toLocaleString('en')} documents, ${product}`,
    baseline: 'curl',
    runs: 3,
    before: () => emptyImported(url),
    after: () => checkImported(url),
    cases: present([
      { name: 'curl', argv: programs.curl && ['sh', '-c', `ls ${BATCHES}/* | ${post}`] },
      ...ours(programs, `import ${IMPORTED} ${HITS_FILE} --alias ${product}`),
      other,
    ]),
  }
}

/** The command line with Node and as the executable that needs none. */
const ours = ({ esconn, executable }: Programs, words: string): Candidate[] => [
  { name: `esconn ${words}`, argv: [...esconn, ...words.split(' ')] },
  { name: `executable ${words}`, argv: executable && [...executable, ...words.split(' ')] },
]

const download = ({ curl }: Programs, url: string): Candidate => ({
  name: 'curl',
  argv: curl && [...curl, '--silent', '--show-error', '--compressed', url],
})

/** jq prints the hits. */
function throughJq(programs: Programs, url: string): Candidate {
  const { argv } = download(programs, url)
  const pipe = ['sh', '-c', '"$@" | jq -c ".hits.hits[]"', 'sh']
  return { name: 'curl | jq', argv: argv && programs.jq && [...pipe, ...argv] }
}

const script = (name: string, ...argv: string[]): string[] => [
  process.execPath,
  join(import.meta.dirname, name),
  ...argv,
]

/** Writes into a pipe whose reader only counts; a failure ends the shell, since the status of a pipe is the reader's. */
const COUNTED = ['sh', '-c', '{ "$@" || kill $$; } | wc -c', 'sh']

const counted = (cases: Candidate[]): Case[] =>
  present(cases).map(({ name, argv }) => ({ name, argv: [...COUNTED, ...argv] }))

const present = (cases: Candidate[]): Case[] =>
  cases.filter((candidate): candidate is Case => candidate.argv !== undefined)
