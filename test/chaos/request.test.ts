import { Readable, type Writable } from 'node:stream'
import test from 'ava'
import { onServers } from '../cluster/servers.ts'
import { configured } from '../support/configured.ts'
import { staysFlat } from '../support/flat.ts'
import { ended, start } from '../support/process.ts'

test('2.2 GB are received and sent byte for byte, in constant memory', async t => {
  t.timeout(600_000)
  await staysFlat(t, 34_000, 200)
})

const eachServer = onServers(test)

eachServer(
  'a body that is too long: 22, or 56 where the node was gone before it was heard',
  async (t, { url }) => {
    const cwd = configured(t, { aliases: { default: { node: url } } })
    const child = start(['request', 'POST', '/x/_bulk', '--body', '-'], {
      cwd,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const spaces = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(2 ** 16, ' ')
      })(),
    )
    spaces.pipe((child.stdin as Writable).on('error', () => spaces.destroy()))
    const { status, stderr } = await ended(child)
    t.regex(
      `${status} ${stderr}`,
      /^(?:22 esconn: default: the request is too large \(413\)|56 .*\n.*`http\.max_content_length` .* send it in parts)\n$/,
    )
  },
)
