import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { authority } from './support/certificates.ts'
import { configured } from './support/configured.ts'
import { answer, found, raw, reply } from './support/raw.ts'

// What `npm run test:standalone` runs all tests of the command line against; `npm test` runs these.
process.env.ESCONN_BIN ??= 'dist/standalone/esconn'
const { esconn } = await import('./support/esconn.ts')
const { keyring } = await import('./support/keyring.ts')
const { ESCONN } = await import('./support/process.ts')

const HIT = '{"_id":"1","_source":{"n":9007199254740993,"z":1.0,"e":"\\u00e4"}}'

test('it needs no Node, and has the version of the package', async t => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  t.is(
    execFileSync(ESCONN[0], ['--version'], { env: { PATH: '/nowhere' } }).toString(),
    `esconn ${version}\n`,
  )
})

test('the bytes of a search', async t => {
  const { url } = await raw(t, answer([HIT]))
  const cwd = configured(t, { aliases: { default: { node: url } } })
  t.deepEqual(await esconn(['search', 'x'], { cwd }), { status: 0, stdout: `${HIT}\n`, stderr: [] })
  t.is((await esconn(['search', 'x', '--format', 'response'], { cwd })).stdout, found([HIT]))
})

test('TLS: an authority that is trusted, and one that is not', async t => {
  const { issue, pem } = await authority()
  const { url } = await raw(t, answer([HIT]), { tls: await issue() })
  const cwd = configured(t, { aliases: { default: { node: url }, ours: { node: url, tls: { ca: pem } } } })
  t.is((await esconn(['search', 'x', '-a', 'ours', '--config', '.esconnrc'], { cwd })).stdout, `${HIT}\n`)
  const { status, stderr } = await esconn(['search', 'x'], { cwd })
  t.is(status, 60)
  t.regex(
    stderr[0] ?? '',
    /^default: https:.*: unknown certificate authority; the top of the presented chain is /,
  )
})

test('nothing of the working directory is run or read', async t => {
  const { url, requests } = await raw(t, answer([HIT]))
  const evil = 'require("node:fs").writeFileSync("EVIL", "")'
  const definition = { node: url, auth: { username: 'u', password: { keyring: 'service/account' } } }
  const cwd = configured(t, { aliases: { default: definition } })
  for (const name of ['@napi-rs/keyring', 'undici', 'cosmiconfig', 'chalk', 'node:fs']) {
    mkdirSync(join(cwd, 'node_modules', name), { recursive: true })
    writeFileSync(join(cwd, 'node_modules', name, 'index.js'), evil)
  }
  writeFileSync(join(cwd, 'evil.js'), evil)
  writeFileSync(join(cwd, 'bunfig.toml'), 'preload = ["./evil.js"]\n')
  writeFileSync(join(cwd, '.env'), 'ESCONN_ALIAS=evil\n')
  writeFileSync(join(cwd, 'package.json'), '{"imports":{"#x":"./evil.js"},"main":"./evil.js"}')
  writeFileSync(join(cwd, 'tsconfig.json'), '{"compilerOptions":{"paths":{"*":["./evil.js"]}}}')
  const { env } = keyring(t, { 'service/account': 's3cret' })
  const argv = ['search', 'x', '--config', '.esconnrc']
  t.deepEqual(await esconn(argv, { cwd, env }), { status: 0, stdout: `${HIT}\n`, stderr: [] })
  t.is(requests[0]?.headers.authorization, `Basic ${Buffer.from('u:s3cret').toString('base64')}`)
  t.false(existsSync(join(cwd, 'EVIL')))
})

test('its own keyring is in it: an entry that is not there', async t => {
  const auth = { username: 'u', password: { keyring: 'esconn-test/absent' } }
  const cwd = configured(t, { aliases: { default: { node: 'http://localhost:9', auth } } })
  const { status, stderr } = await esconn(['ping', '--config', '.esconnrc'], { cwd })
  t.is(status, 78)
  t.notRegex(stderr[0] ?? '', /no keyring available/)
})

test('the AWS SDK is in it: a profile that is not there', async t => {
  const { url } = await raw(t, reply({}))
  const auth = { aws: { region: 'eu-west-1', profile: 'absent' } }
  const cwd = configured(t, { aliases: { default: { node: url, auth } } })
  const env = { AWS_EC2_METADATA_DISABLED: 'true' }
  const { status, stderr } = await esconn(['ping', '--config', '.esconnrc'], { cwd, env })
  t.is(status, 78)
  t.regex(stderr[0] ?? '', /no AWS credentials found; tried the profile absent/)
})
