import { join } from 'node:path'
import test from 'ava'
import { configured } from '../../support/configured.ts'
import { esconn } from '../../support/esconn.ts'

const CONFIGURATION = `aliases:
  default: logs
  logs:
    nodes: ['https://ada:s3cret@es1.example', 'https://ada:s3cret@es2.example:9201']
  search:
    node: http://localhost:9200
    auth: { apiKey: literal }
`

test('each alias with its nodes, its file and line, and no secret', async t => {
  const cwd = configured(t, CONFIGURATION)
  const file = join(cwd, '.esconnrc')
  const { status, stdout } = await esconn(['aliases'], { cwd })
  t.is(status, 0)
  t.deepEqual(stdout.split('\n'), [
    `default\t= logs\t${file}:2`,
    `logs\thttps://es1.example https://es2.example:9201\t${file}:3`,
    `search\thttp://localhost:9200\t${file}:5`,
    '',
  ])
})

test('without a configuration', async t => {
  const { status, stdout, stderr } = await esconn(['aliases'])
  t.is(status, 0)
  t.is(stdout, 'default\thttp://localhost:9200\tno configuration\n')
  t.is(stderr.length, 1)
})

test('a mistake is reported with its location', async t => {
  const cwd = configured(t, 'aliases:\n  logs:\n    nodes: [http://a]\n    tsl: {}\n')
  const { status, stdout, stderr } = await esconn(['aliases'], { cwd })
  t.deepEqual([status, stdout], [78, ''])
  t.deepEqual(stderr, [`${join(cwd, '.esconnrc')}:4:5: aliases.logs.tsl: unknown key; did you mean \`tls\`?`])
})

test('a password is not shown in a URL that still has variables', async t => {
  const cwd = configured(t, 'aliases:\n  a: { node: "${P}u:s3cret@h" }\n  b: "https://u:s3cret@${H}"\n')
  const { stdout } = await esconn(['aliases', '--config', '.esconnrc'], { cwd })
  t.false(stdout.includes('s3cret'), stdout)
})
