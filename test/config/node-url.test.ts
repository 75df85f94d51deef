import test from 'ava'
import { cloudNode } from '../../src/config/node-url.ts'

const encoded = (decoded: string) => `my-deployment:${Buffer.from(decoded).toString('base64')}`

const leads = test.macro((t, decoded: string, node: string | undefined) => {
  t.is(cloudNode(encoded(decoded)), node)
})
test(
  'host and cluster',
  leads,
  'eu-west-1.aws.found.io$c1uster$kibana',
  'https://c1uster.eu-west-1.aws.found.io',
)
test('without Kibana', leads, 'found.io$c1uster', 'https://c1uster.found.io')
test('a port for all', leads, 'found.io:9243$c1uster$kibana', 'https://c1uster.found.io:9243')
test(
  'a port of the cluster itself',
  leads,
  'found.io$c1uster:9244$kibana:9245',
  'https://c1uster.found.io:9244',
)
test('no cluster', leads, 'found.io$', undefined)
test('a path instead of a host', leads, 'found.io/x$c1uster', undefined)
test('a user before the host', leads, 'evil@found.io$c1uster', undefined)

test("the example of Elastic's documentation", t => {
  const id =
    'my-cluster:dXMtZWFzdC0xLmF3cy5mb3VuZC5pbyRjZWM2ZjI2MWE3NGJmMjRjZTMzYmI4ODExYjg0Mjk0ZiRjNmMyY2E2ZDA0MjI0OWFmMGNjN2Q3YTllOTYyNTc0Mw=='
  t.is(cloudNode(id), 'https://cec6f261a74bf24ce33bb8811b84294f.us-east-1.aws.found.io')
})

for (const id of ['', 'x', 'x:', 'x:%%%', 'https://found.io'])
  test(`${JSON.stringify(id)} is none`, t => t.is(cloudNode(id), undefined))
