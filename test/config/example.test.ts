import { readFileSync } from 'node:fs'
import test from 'ava'
import { tree } from './_tree.ts'

test('the example is a configuration', async t => {
  const example = readFileSync(new URL('../../.esconnrc.example', import.meta.url))
  const { env, load } = tree(t, { 'home/.esconnrc': example, 'home/ca.pem': '-----BEGIN CERTIFICATE-----' })
  env.LOGS_API_KEY = 'k3y'
  t.deepEqual((await load().resolve('default')).indices.get('entry'), { index: 'blog-entries' })
  const { nodes, settings, indices } = await load().resolve('prod')
  t.deepEqual(nodes, ['https://es1.example:9200', 'https://es2.example:9200'])
  t.deepEqual(settings.auth, { apiKey: 'k3y' })
  t.is(indices.get('errors')?.query, '{"term":{"level":"error"}}')
})
