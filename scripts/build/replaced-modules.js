// Everything that the command line's files leave out, replace or load late, with the reason. The library has it all.
import { readFileSync } from 'node:fs'
import { Client } from '@elastic/elasticsearch'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))

/** A module that contains nothing. */
const EMPTY = ''

/** A class of which nothing is made. */
const UNUSED_CLASS = 'export default class {}'

/** A module that is loaded when a function of it is called, or something else of it is used. */
async function late(module, file = module) {
  const content = await import(module)
  const names = Object.keys(content).filter(name => name !== 'default')
  const isFunction = name =>
    /^[a-z]/.test(name) && typeof content[name] === 'function' && Object.keys(content[name]).length === 0
  return `
    const load = () => require('${file}')
    for (const name of ${JSON.stringify(names.filter(isFunction))})
      exports[name] = (...args) => load()[name](...args)
    for (const name of ${JSON.stringify(names.filter(name => !isFunction(name)))})
      Object.defineProperty(exports, name, { enumerable: true, get: () => load()[name] })`
}

const { constructor: _, ...METHODS } = Object.getOwnPropertyDescriptors(
  Object.getPrototypeOf(Client.prototype),
)

/** The class from which the client inherits its methods, which are loaded when one of them is used. */
const LATE_METHODS = `
  const load = () => require('./client-methods.js').default
  const ready = new WeakSet()
  export default class Methods {}
  for (const name of ${JSON.stringify(Object.keys(METHODS))})
    Object.defineProperty(Methods.prototype, name, {
      get() {
        if (!ready.has(this)) ready.add(Object.assign(this, new (load())()))
        return Reflect.get(load().prototype, name, this)
      },
    })`

/** The class of a client's helpers, which are loaded when one of them is used. */
const LATE_HELPERS = `
  export default function Helpers(options) {
    let helpers
    const load = () => (helpers ??= new (require('./client-helpers.js').default)(options))
    return new Proxy({}, { get: (_, name) => load()[name] })
  }`

/** The files that are loaded late, with the module that is in each. */
export const LATE_FILES = {
  'client-methods': '@elastic/elasticsearch/api/index',
  'client-helpers': '@elastic/elasticsearch/helpers',
  chalk: 'chalk',
  leven: 'leven',
  'string-width': 'string-width',
  yaml: './node_modules/yaml/browser/index.js', // as ES modules, of which only what is used is taken
}

/** The modules, by name or by the end of their path, each with the source text that takes its place. */
export const REPLACED_MODULES = {
  // The official client's other HTTP client and its proxy agent: src/wire/http-node.ts and connect/ do their work.
  'transport/esm/connection/UndiciConnection.js': UNUSED_CLASS,
  hpagent: EMPTY,
  // Its ways to choose a node: src/wire/node-pool.ts and failover.ts choose.
  'transport/esm/pool/CloudConnectionPool.js': UNUSED_CLASS,
  'transport/esm/pool/ClusterConnectionPool.js': UNUSED_CLASS,
  'transport/esm/pool/WeightedConnectionPool.js': UNUSED_CLASS,
  // Its telemetry, which src/wire/transport.ts switches off, and its log for those who work on it.
  'transport/esm/middleware/OpenTelemetry.js': 'export class OpenTelemetryMiddleware {}',
  debug: 'module.exports = () => () => {}',
  // Its methods and helpers: a command sends its own requests.
  '@elastic/elasticsearch/esm/api/index.js': LATE_METHODS,
  '@elastic/elasticsearch/esm/helpers.js': LATE_HELPERS,
  // Loaders of cosmiconfig, some of which run code; ours are in src/config/syntax/.
  'cosmiconfig/dist/loaders': EMPTY,
  // Only for output with colors, for text that is not ASCII, and for what looks mistyped.
  chalk: await late('chalk', './chalk.js'),
  leven: await late('leven', './leven.js'),
  'string-width': "module.exports = text => require('./string-width.js').default(text)",
  // Not for a configuration in JSON.
  yaml: await late('yaml', './yaml.js'),
  // Parts of Node that take milliseconds to load, and that a plain search over HTTP does not use.
  'node:assert': await late('node:assert'),
  'node:child_process': await late('node:child_process'),
  'node:crypto': await late('node:crypto'),
  'node:https': await late('node:https'),
  'node:tls': await late('node:tls'),
  'node:worker_threads': await late('node:worker_threads'),
  'node:zlib': await late('node:zlib'),
  // Reads package.json, which is elsewhere from here.
  'src/version.ts': `export const VERSION = '${version}'`,
}
