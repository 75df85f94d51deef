import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, chownSync, closeSync, mkdtempSync, openSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { configured } from '../../support/configured.ts'
import { onlyWhere } from '../../support/only.ts'
import { ESCONN, EXECUTABLE, ended, start } from '../../support/process.ts'
import { answer, found, hang, head, raw, type Script, send } from '../../support/raw.ts'

const HIT = `{"_id":"1","_source":{"text":"${'words '.repeat(200)}"}}`
const LARGE = Array.from({ length: 16_000 }, () => HIT)

/** Starts a search at a server that does what the script says. */
async function searching(t: ExecutionContext, script: Script, ...argv: string[]) {
  const { url, requests } = await raw(t, script)
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const child = start(['search', 'entry', ...argv], { cwd })
  t.teardown(() => child.kill('SIGKILL'))
  return { child, requests, stdout: child.stdout as Readable }
}

test('141: the reader closes the output after the first line', async t => {
  const { child, requests, stdout } = await searching(t, answer(LARGE))
  const [first] = await once(stdout, 'data')
  stdout.destroy()
  t.true(String(first).startsWith(HIT))
  t.deepEqual(await ended(child), { status: 141, signal: null, stderr: '' })
  await requests[0]?.closed
})

test('23: the disk is full', async t => {
  const full = openSync('/dev/full', 'w')
  t.teardown(() => closeSync(full))
  const { url, requests } = await raw(t, answer(LARGE))
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const child = start(['search', 'entry'], { cwd, stdio: ['ignore', full, 'pipe'] })
  t.deepEqual(await ended(child), {
    status: 23,
    signal: null,
    stderr: 'esconn: standard output could not be written: no space left on device\n',
  })
  await requests[0]?.closed
})

test('23: the disk is full, said once by a command that prints several aliases', async t => {
  const full = openSync('/dev/full', 'w')
  t.teardown(() => closeSync(full))
  const cwd = configured(t, { aliases: { a: { node: 'http://h' }, b: { node: 'http://h' } } })
  t.deepEqual(await ended(start(['config', 'show'], { cwd, stdio: ['ignore', full, 'pipe'] })), {
    status: 23,
    signal: null,
    stderr: 'esconn: standard output could not be written: no space left on device\n',
  })
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} ends the process by itself, and the request with it`, async t => {
    const { child, requests } = await searching(t, hang)
    while (requests.length === 0) await sleep(20)
    child.kill(signal)
    t.deepEqual(await ended(child), { status: null, signal, stderr: '' })
    await requests[0]?.closed
  })

  test(`${signal} while nobody reads the output`, async t => {
    const { child, stdout } = await searching(t, answer(LARGE))
    await once(stdout, 'readable')
    child.kill(signal)
    t.deepEqual(await ended(child), { status: null, signal, stderr: '' })
  })

  test(`${signal} while waiting for standard input`, async t => {
    const { url } = await raw(t, hang)
    const cwd = configured(t, { aliases: { default: { node: url } } })
    const child = start(['search', 'entry', '--body', '-'], { cwd, stdio: ['pipe', 'pipe', 'pipe'] })
    await sleep(1000)
    child.kill(signal)
    t.deepEqual(await ended(child), { status: null, signal, stderr: '' })
  })
}

const underNode = onlyWhere(test, !EXECUTABLE, 'Bun ends with 1 before esconn runs')
underNode('66: the working directory no longer exists', async t => {
  const cwd = mkdtempSync(join(tmpdir(), 'esconn-gone-'))
  const child = spawn('sh', ['-c', 'rmdir "$0" && exec "$@" ping', cwd, ...ESCONN], { cwd })
  t.deepEqual(await ended(child), {
    status: 66,
    signal: null,
    stderr: 'esconn: the working directory no longer exists\nesconn: cd to another one\n',
  })
})

test('a slow reader gets every byte, and no timeout', async t => {
  const { child, stdout } = await searching(t, answer(LARGE), '--timeout', '3s')
  const expected = createHash('sha256')
    .update(LARGE.map(hit => `${hit}\n`).join(''))
    .digest('hex')
  const got = createHash('sha256')
  const end = ended(child)
  let waits = 1
  for await (const chunk of stdout) {
    got.update(chunk)
    if (waits-- > 0) await sleep(6000)
  }
  t.deepEqual(await end, { status: 0, signal: null, stderr: '' })
  t.is(got.digest('hex'), expected)
})

test('after an error standard output contains whole lines', async t => {
  const body = found(LARGE)
  const cut = send(head(200, { 'content-length': body.length }), body.slice(0, body.length / 2))
  const { child, stdout } = await searching(t, cut, '--timeout', '3s')
  const end = ended(child)
  let text = ''
  for await (const chunk of stdout) text += chunk
  const { status } = await end
  t.is(status, 28)
  t.true(text.length > 1_000_000)
  t.true(
    text
      .split('\n')
      .slice(0, -1)
      .every(line => line === HIT),
  )
  t.true(text.endsWith('}\n'))
})

test('a closed standard error is not an error', async t => {
  const { url } = await raw(t, answer([HIT], { timed_out: true }))
  const cwd = configured(t, { aliases: { default: { node: url } } })
  const child = start(['search', 'entry'], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  child.stderr?.destroy()
  child.stdout?.resume()
  t.is((await once(child, 'close'))[0], 3)
})

/** A process that cannot read what only root can; only root can start one. */
const unprivileged = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

test('78, 66: a file that may not be read', async t => {
  const cwd = configured(t, { aliases: { default: { node: 'http://localhost:9' } } })
  chmodSync(cwd, 0o755)
  writeFileSync(join(cwd, 'body.json'), '{}')
  chmodSync(join(cwd, 'body.json'), 0)
  if (unprivileged.uid) chownSync(join(cwd, '.esconnrc'), unprivileged.uid, unprivileged.gid)
  const body = await ended(start(['search', 'entry', '--body', '@body.json'], { cwd, ...unprivileged }))
  t.deepEqual(body, {
    status: 66,
    signal: null,
    stderr: `esconn: ${cwd}/body.json cannot be read (permission denied)\n`,
  })
  chmodSync(join(cwd, '.esconnrc'), 0)
  const { status, stderr } = await ended(start(['ping'], { cwd, ...unprivileged }))
  t.is(status, 78)
  t.regex(stderr, /\.esconnrc: .*(?:permission|EACCES)/i)
})
