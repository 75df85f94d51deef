import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { raw, reply } from '../support/raw.ts'
import { temporary } from './account.ts'
import { distribution } from './distribution.ts'
import { chosenGenerations, type Generation, generations, nameOf } from './generations.ts'
import { findJdk, jdkHomes } from './jdk.ts'
import { targets } from './servers.ts'
import type { Server } from './start.ts'

const oldest = generations[0] as Generation
const newest = generations.at(-1) as Generation

test('without a suitable JDK, one line says what to install', async t => {
  const homes = await madeHomes(t, 11, 25)
  for (const choice of [[], homes]) {
    const { message } = t.throws(() => findJdk(oldest, choice)) as Error
    t.regex(
      message,
      /^elasticsearch 7\.17\.29 needs a JDK, version 17 to 23: install one.*, or set JAVA_HOME$/,
    )
  }
  t.regex(
    t.throws(() => findJdk(newest, []))?.message ?? '',
    /^opensearch 3\.6\.0 needs a JDK, version 21 or later/,
  )
})

test('the oldest JDK that a server runs on is chosen', async t => {
  const homes = await madeHomes(t, 25, 21, 17, 11)
  t.deepEqual(findJdk(oldest, homes), { home: homes[2] as string, version: 17 })
  t.deepEqual(findJdk(newest, homes), { home: homes[1] as string, version: 21 })
})

test('without Maven, one line says what to install', async t => {
  const env = { XDG_CACHE_HOME: await madeFolder(t), PATH: '' }
  const fetched = distribution(oldest, { home: '/nowhere', version: 17 }, env)
  await t.throwsAsync(fetched, {
    message: 'elasticsearch 7.17.29 is fetched with Maven: install it, so that mvn is on PATH',
  })
})

test('JAVA_HOME and its relatives come first', t => {
  const homes = jdkHomes({ JAVA_HOME: '/a', JAVA_HOME_21_X64: '/b', PATH: '' })
  t.deepEqual(homes.slice(0, 2), ['/a', '/b'])
})

test('the newest of each kind are tested, all on request', t => {
  t.deepEqual(chosenGenerations({}).map(nameOf), ['elasticsearch 9.5.3', 'opensearch 3.6.0'])
  t.is(chosenGenerations({ ESCONN_TEST_MATRIX: '1' }).length, 5)
})

test('the servers of the run, or the named one, are used instead of new ones', async t => {
  const server = { kind: 'opensearch', version: '3.6.0', url: 'http://127.0.0.1:1' }
  const { url } = await raw(t, reply(server))
  const [first, ...others] = targets({ ESCONN_TEST_SERVERS: url })
  t.deepEqual(
    others.map(({ name }) => name),
    ['opensearch 3.6.0'],
  )
  t.deepEqual(await first?.open(), server as Server)
  t.deepEqual(
    targets({ ESCONN_TEST_URL: 'http://127.0.0.1:1', ESCONN_TEST_SERVERS: url }).map(({ name }) => name),
    ['127.0.0.1:1'],
  )
})

test('a shared server that did not start says why', async t => {
  const { url } = await raw(t, reply('it did not start: no room', 503))
  const [target] = targets({ ESCONN_TEST_SERVERS: url })
  await t.throwsAsync(async () => target?.open(), { message: 'it did not start: no room' })
})

async function madeFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(temporary, 'esconn-test-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await chmod(folder, 0o755)
  return folder
}

/** Directories that look like JDKs. */
async function madeHomes(t: ExecutionContext, ...versions: number[]): Promise<string[]> {
  const folder = await madeFolder(t)
  const homes = versions.map(version => join(folder, `jdk-${version}`))
  for (const [at, home] of homes.entries()) {
    await mkdir(join(home, 'bin'), { recursive: true })
    await writeFile(join(home, 'bin/jar'), '', { mode: 0o755 })
    await writeFile(join(home, 'release'), `IMPLEMENTOR="Test"\nJAVA_VERSION="${versions[at]}.0.3"\n`)
  }
  return homes
}
