import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { configured } from './support/configured.ts'
import { answer, raw } from './support/raw.ts'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '..')

/** Tells of every module that is loaded, on standard error. */
const TELLER = `data:text/javascript,${encodeURIComponent(`
  import { register } from 'node:module'
  register('data:text/javascript,' + encodeURIComponent(\`
    import { writeSync } from 'node:fs'
    export async function load(url, context, next) {
      writeSync(2, url + '\\\\n')
      return next(url, context)
    }\`))`)}`

/** What the library loads for one search by an alias: packages, and modules of its own. */
async function loadedFor(t: ExecutionContext, fields: object): Promise<string> {
  const { url } = await raw(t, answer())
  const cwd = configured(t, { aliases: { default: { node: url, retries: 0, ...fields } } })
  const script = `import { createConnections } from '${join(ROOT, 'dist/index.js')}'
    const connections = createConnections({ config: '.esconnrc' })
    await connections.get('default').search('x').catch(() => {})
    await connections.close()`
  const argv = ['--import', TELLER, '--input-type=module', '-e', script]
  const env = { ...process.env, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', NO_PROXY: '' }
  const { stderr } = await run(process.execPath, argv, { cwd, env, maxBuffer: 2 ** 24 })
  return stderr
}

const UNUSED =
  /aws4|node_modules\/(?:ini|read|commander|chalk)\/|keyring|wire\/(?:sign|tunnel|detour|pin|probe|explain)\.js/

test('what an alias does not use is not loaded', async t => {
  const loaded = await loadedFor(t, {})
  t.regex(loaded, /wire\/transport\.js/)
  t.notRegex(loaded, UNUSED)
})

test('what it uses is', async t => {
  t.regex(await loadedFor(t, { auth: { aws: { region: 'r' } } }), /aws4/)
  t.regex(await loadedFor(t, { proxy: 'http://127.0.0.1:9' }), /tunnel\.js/)
  t.regex(await loadedFor(t, { auth: { bearer: { keyring: 'esconn-test/none' } } }), /@napi-rs\/keyring/)
})
