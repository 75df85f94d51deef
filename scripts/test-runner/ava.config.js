// How `npm test` runs ava: as package.json says, with an observer that reports every event to the parent process.
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

const { ava } = JSON.parse(readFileSync('package.json', 'utf8'))
const texts = new Map()

/** What a test file imports that runs the command line: with ESCONN_BIN that executable. */
const RUNS_ESCONN = /support\/(?:esconn|process|terminal|flat)\.ts|\/_doctor\.ts/

export default {
  ...ava,
  files: files(process.env),
  // One more than processors, since many tests wait for servers and processes of their own.
  concurrency: availableParallelism() + 1,
  nonSemVerExperiments: { observeRunsFromConfig: true },
  observeRun,
  sortTestFiles: (a, b) => rank(a) - rank(b) || size(b) - size(a),
}

function files({ ESCONN_TEST_CHAOS, ESCONN_BIN }) {
  if (ESCONN_TEST_CHAOS === '1') return ['test/chaos/**/*.test.ts'] // what takes minutes, and gigabytes: apart
  if (!ESCONN_BIN) return ava.files
  const all = readdirSync('test', { recursive: true }).map(file => join('test', file))
  return all.filter(file => /^(?!test.chaos).*\.test\.ts$/.test(file) && RUNS_ESCONN.test(textOf(file)))
}

async function observeRun({ events }) {
  let started = 0
  for await (const { type, stats, err, chunk, ...event } of events) {
    if (type !== 'stats') send({ type, ...event, err: err && plain(err) })
    else if (stats.byFile.size > started) {
      started = stats.byFile.size
      send({ type, files: stats.files, started: [...stats.byFile.keys()] })
    }
  }
}

const send = event => process.send?.(event)

/** What can be sent of an error: its original may be anything. */
function plain({ originalError, errors, ...error }) {
  return { ...error, ...(errors ? { errors: errors.map(plain) } : {}) }
}

function textOf(file) {
  if (!texts.has(file)) texts.set(file, readFileSync(file, 'utf8'))
  return texts.get(file)
}

const size = file => textOf(file).length

/**
 * First the clusters of three nodes, which take longest. Then what needs no server, while the shared ones boot; last
 * what needs those.
 */
function rank(file) {
  const text = textOf(file)
  if (/cluster\/three\.ts/.test(text)) return 0
  if (/cluster\/(?:start|secured)\.ts|\.\/start\.ts/.test(text)) return 2
  return /cluster\/servers\.ts|support\/documents\.ts/.test(text) ? 3 : 1
}
