import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { tree } from './_tree.ts'

const refuses = test.macro(async (t, definition: string, said: string) => {
  const { root, env, load, refusal } = tree(t, {
    'home/.config/esconn/config.yaml': `aliases:\n  a: ${definition}\n`,
  })
  Object.assign(env, { URL: 'ftp://secret', LINE: 'secret\n', EMPTY: '', LOGIN: 'v:secret' })
  writeFileSync(join(root, 'home/.config/esconn/text'), 'secret')
  t.is(await refusal(() => load().resolve('a')), `ROOT/home/.config/esconn/config.yaml:2:${said}`)
})
test(
  'a variable that is not set',
  refuses,
  '{ node: http://h, auth: { apiKey: "${KEY}" } }',
  '32: aliases.a.auth.apiKey: the variable KEY is not set\nexport it, or write a default after its name (:-default)',
)
test(
  'a variable that is not a URL',
  refuses,
  '{ node: "${URL}" }',
  '8: aliases.a.node: must begin with http:// or https://',
)
test(
  'a variable that is empty',
  refuses,
  '{ node: http://h, auth: { apiKey: "${EMPTY}" } }',
  '32: aliases.a.auth.apiKey: must not be empty',
)
test(
  'a variable with a line end',
  refuses,
  '{ node: http://h, auth: { apiKey: "${LINE}" } }',
  '32: aliases.a.auth.apiKey: must be one word of ASCII characters, without a line end',
)
test(
  'variables that make nodes differ',
  refuses,
  '{ nodes: ["http://${LOGIN}@h", "http://${LOGIN}2@h"] }',
  '3: aliases.a: every node must have the same user and password, or write them only in `auth`',
)
test(
  'no variable',
  refuses,
  '{ nodes: [http://h, "http://${"] }',
  '26: aliases.a.nodes[1]: a `${` without a name and a closing brace; write `$${` for the characters',
)
test(
  'a file that is absent',
  refuses,
  '{ node: http://h, tls: { ca: secret.pem } }',
  '31: aliases.a.tls.ca: no such file: ROOT/home/.config/esconn/secret.pem',
)
test(
  'a directory',
  refuses,
  '{ node: http://h, tls: { ca: .. } }',
  '31: aliases.a.tls.ca: a directory, where a file is expected',
)
test(
  'a file without certificate',
  refuses,
  '{ node: http://h, tls: { ca: text } }',
  '31: aliases.a.tls.ca: the file contains no certificate in PEM form',
)
test(
  'the name of a variable',
  refuses,
  '"${URL}"',
  '3: aliases.a: must be a name without white space and without any of , : / @; a URL goes under `node`',
)
