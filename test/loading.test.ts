import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { configured } from './support/configured.ts'
import { answer, raw } from './support/raw.ts'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '..')

/** Reports every module that is loaded, on standard error. */
const TELLER = `data:text/javascript,${encodeURIComponent(`
  import { register } from 'node:module'
  register('data:text/javascript,' + encodeURIComponent(\`
    import { writeSync } from 'node:fs'
    export async function load(url, context, next) {
      writeSync(2, url + '\\\\n')
      return next(url, context)
    }\`))`)}`

/** What the library loads for one search by an alias: packages, and modules of its own. */
async function loadedFor(t: ExecutionContext, fields: object, more: object = {}): Promise<string> {
  const { url } = await raw(t, answer())
  const cwd = configured(t, { aliases: { default: { node: url, retries: 0, ...fields } } })
  const script = `import { createConnections } from '${join(ROOT, 'dist/index.js')}'
    const connections = createConnections({ config: '.esconnrc' })
    await connections.get('default').search('x').catch(() => {})
    await connections.close()`
  const argv = ['--import', TELLER, '--input-type=module', '-e', script]
  const env = { ...process.env, AWS_EC2_METADATA_DISABLED: 'true', NO_PROXY: '', ...more }
  const { stderr } = await run(process.execPath, argv, { cwd, env, maxBuffer: 2 ** 24 })
  return stderr
}

const UNUSED =
  /aws4|secrets\/aws|node_modules\/(?:@aws-sdk|@smithy|@clack\/\w+|commander|chalk)\/|keyring|wire\/(?:aws-signature|connect\/(?:proxy-tunnel|certificates)|errors\/tls-diagnosis)\.js/

test('what an alias does not use is not loaded', async t => {
  const loaded = await loadedFor(t, {})
  t.regex(loaded, /wire\/transport\.js/)
  t.notRegex(loaded, UNUSED)
})

test('what an alias uses is loaded', async t => {
  const aws = { auth: { aws: { region: 'r' } } }
  const keys = await loadedFor(t, aws, { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' })
  t.regex(keys, /aws4/)
  t.notRegex(keys, /aws-worker/)
  t.regex(await loadedFor(t, aws), /aws-worker/)
  t.regex(await loadedFor(t, { proxy: 'http://127.0.0.1:9' }), /tunnel\.js/)
  t.regex(await loadedFor(t, { auth: { bearer: { keyring: 'esconn-test/none' } } }), /@napi-rs\/keyring/)
})

test('the command line loads the prompts only to ask a question', async t => {
  const script = `import('${join(ROOT, 'src/cli/main.ts')}').then(({ main }) => main())`
  const init = [
    'config',
    'init',
    '--config',
    join(configured(t, {}), 'new.yaml'),
    '--node',
    'http://h',
    '--no-test',
  ]
  const argv = ['--import', 'tsx', '--import', TELLER, '-e', script, 'esconn', ...init]
  const { stderr } = await run(process.execPath, argv, { cwd: ROOT, maxBuffer: 2 ** 24 })
  t.regex(stderr, /default: written to/)
  t.regex(stderr, /cli\/prompt\.ts/)
  t.notRegex(stderr, /@clack/)
})
