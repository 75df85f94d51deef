import { createRequire } from 'node:module'
import { devNull } from 'node:os'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { awsCredentials } from '../../../src/config/secrets/aws.ts'
import type { AwsCredentials } from '../../../src/config/settled.ts'
import { ConfigError } from '../../../src/errors.ts'
import { tree } from '../_tree.ts'

type Files = Record<string, string | Buffer>
type Variables = Record<string, string>

const CREDENTIALS = 'home/.aws/credentials'
const CONFIG = 'home/.aws/config'

/** The settings of a pair of keys, or of three. */
const keys = (id: string, token?: string) =>
  `aws_access_key_id = ID${id}\naws_secret_access_key = hush${id}\n${token ? `aws_session_token = hush${token}\n` : ''}`
const variables = (id: string) => ({ AWS_ACCESS_KEY_ID: `ID${id}`, AWS_SECRET_ACCESS_KEY: `hush${id}` })
const credentials = (id: string, token?: string): AwsCredentials => ({
  accessKeyId: `ID${id}`,
  secretAccessKey: `hush${id}`,
  sessionToken: token && `hush${token}`,
})

function fail(what: string, advice?: string): never {
  throw new ConfigError(what, { advice })
}

/** Where `ROOT` stands in a variable or a message, the root of the files. */
async function ask(
  t: ExecutionContext,
  files: Files,
  given: Variables = {},
): Promise<AwsCredentials | string> {
  const { root, env } = tree(t, files)
  const entries = Object.entries(given).map(([name, value]) => [name, value.replace('ROOT', root)])
  try {
    return await awsCredentials({ ...env, ...Object.fromEntries(entries) }, fail)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    t.notRegex(`${error.message}${error.advice}`, /hush|ID\d/)
    return error.message.replaceAll(root, 'ROOT')
  }
}

const isLoaded = () => Object.keys(createRequire(import.meta.url).cache).some(file => file.includes('/ini/'))
test.serial('ini is loaded when it is needed', async t => {
  await ask(t, {}, variables('1'))
  await ask(t, {})
  t.false(isLoaded())
  await ask(t, { [CONFIG]: `[default]\n${keys('1')}` })
  t.true(isLoaded())
})

const finds = test.macro(
  async (t, expected: AwsCredentials | string, files: Files | string, given?: Variables) =>
    t.deepEqual(await ask(t, typeof files === 'string' ? { [CREDENTIALS]: files } : files, given), expected),
)

const both = { [CREDENTIALS]: `[default]\n${keys('1')}`, [CONFIG]: `[default]\n${keys('2', '2')}` }
const named = { AWS_PROFILE: 'prod' }

test('variables', finds, credentials('0'), both, variables('0'))
test('variables with a token', finds, credentials('0', '0'), both, {
  ...variables('0'),
  AWS_SESSION_TOKEN: 'hush0',
})
test('variables beside AWS_PROFILE', finds, credentials('0'), `[prod]\n${keys('1')}`, {
  ...variables('0'),
  ...named,
})
test('variables that are empty', finds, credentials('1'), both, {
  AWS_ACCESS_KEY_ID: '',
  AWS_SECRET_ACCESS_KEY: '',
  AWS_SESSION_TOKEN: '',
  AWS_PROFILE: '',
  AWS_CONFIG_FILE: '',
})
test('a token of no keys', finds, credentials('1'), both, { AWS_SESSION_TOKEN: 'hush0' })
test('the credentials file before the config file', finds, credentials('1'), both)
test('the config file alone', finds, credentials('2', '2'), { [CONFIG]: both[CONFIG] as string })
test(
  'a profile of the credentials file',
  finds,
  credentials('1', '1'),
  `[default]\n${keys('2')}[prod]\n${keys('1', '1')}[dev]\n${keys('3')}`,
  named,
)
test(
  'a profile of the config file',
  finds,
  credentials('1'),
  {
    [CONFIG]: `[prod]\n${keys('2')}[profile prod]\n${keys('1')}`,
    [CREDENTIALS]: `[profile prod]\n${keys('3')}`,
  },
  named,
)
test('keys in one file, the rest in the other', finds, credentials('1'), {
  [CREDENTIALS]: `[default]\n${keys('1')}`,
  [CONFIG]: '[default]\nregion = eu-central-1\n',
})
test('[profile default] before [default]', finds, credentials('1'), {
  [CONFIG]: `[default]\n${keys('2')}[profile default]\n${keys('1')}`,
})
test(
  'files elsewhere',
  finds,
  credentials('1'),
  { 'other/keys': `[default]\n${keys('1')}` },
  {
    AWS_SHARED_CREDENTIALS_FILE: 'ROOT/other/keys',
  },
)
test(
  'files elsewhere at home',
  finds,
  credentials('1'),
  { 'home/other': `[default]\n${keys('1')}` },
  {
    AWS_SHARED_CREDENTIALS_FILE: '~/none',
    AWS_CONFIG_FILE: '~/other',
  },
)
test('a null device for a file', finds, credentials('2', '2'), both, {
  AWS_SHARED_CREDENTIALS_FILE: devNull,
})

const profileOf = (AWS_PROFILE: string) => ({ AWS_PROFILE })
const decoys = `[prod]\n${keys('2')}[eu]\n${keys('3')}`
const ini: [string, string, Variables?][] = [
  ['line ends of Windows', `[default]\n${keys('1')}`.replaceAll('\n', '\r\n')],
  ['a byte order mark', `\uFEFF[default]\n${keys('1')}`],
  ['no line end at the end', `[default]\n${keys('1')}`.trimEnd()],
  ['no spaces', `[default]\n${keys('1')}`.replaceAll(' ', '')],
  ['indented settings', `  [default]\n${keys('1')}`.replaceAll('\naws', '\n\taws')],
  ['names in upper case', `[default]\n${keys('1').replaceAll('aws_access_key_id', 'AWS_ACCESS_KEY_ID')}`],
  ['quotes', `[default]\naws_access_key_id = "ID1"\naws_secret_access_key='hush1'\n`],
  ['comments', `# a = b\n; [default]\n[default] # mine\n${keys('1').replaceAll('1\n', '1 # one ; two\n')}`],
  ['settings of no section', `default = x\naws_access_key_id = x\n[default]\n${keys('1')}`],
  [
    'a section in two',
    `[default]\naws_access_key_id = ID1\n[dev]\n[default]\naws_secret_access_key = hush1\n`,
  ],
  ['settings within settings', `[default]\ns3 =\n  max_concurrent_requests = 20\n${keys('1')}`],
  [
    'names of a prototype',
    `[__proto__]\n${keys('2')}[default]\n__proto__ = x\nconstructor = y\n${keys('1')}`,
  ],
  ['dots in a name', `${decoys}[prod.eu]\n${keys('1')}[prod.eu.x]\n${keys('4')}`, profileOf('prod.eu')],
  ['dots at the ends of a name', `[.prod..eu.]\n${keys('1')}${decoys}`, profileOf('.prod..eu.')],
  ['a number sign in a name', `[a#b;c]\n${keys('1')}[a]\n${keys('2')}`, profileOf('a#b;c')],
  ['a backslash in a name', `[a\\b]\n${keys('1')}`, profileOf('a\\b')],
  ['spaces around a name', `[  prod ]\n${keys('1')}`, named],
  ['spaces in a name', `["my prod"]\n${keys('1')}`, profileOf('my prod')],
  ['a name of a prototype', `[constructor]\n${keys('1')}`, profileOf('constructor')],
]
for (const [name, content, given] of ini) test(name, finds, credentials('1'), content, given)

test(
  'spaces and dots in the name of a config file',
  finds,
  credentials('1'),
  {
    [CONFIG]: `[profile\t"my prod.eu"]\n${keys('1')}`,
  },
  profileOf('my prod.eu'),
)

const word = fc.stringMatching(/^[!#-&(-[\]-~]{1,40}$/)
const name = fc
  .stringMatching(/^[A-Za-z0-9._@:+/-]{1,12}$/)
  .filter(text => text !== 'other' && text !== '__proto__') // the last one is never read, so that it is not there
test('whatever the keys and the profile', async t => {
  const property = fc.asyncProperty(word, word, name, async (accessKeyId, secretAccessKey, AWS_PROFILE) => {
    const settings = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key=${secretAccessKey}\n`
    fc.pre(
      !/^(?:[;#]|true$|false$|null$)/.test(secretAccessKey) &&
        !/^(?:[;#]|true$|false$|null$)/.test(accessKeyId),
    )
    const content = `[other]\n${keys('2')}[${AWS_PROFILE}]\n${settings}[${AWS_PROFILE}.x]\n${keys('3')}`
    t.deepEqual(await ask(t, { [CREDENTIALS]: content }, { AWS_PROFILE }), {
      accessKeyId,
      secretAccessKey,
      sessionToken: undefined,
    })
  })
  await fc.assert(property)
})

const IN = 'the profile prod of ROOT/home/.aws'
const ONE_WORD = 'must be one word of ASCII characters, without quotes'
const refused: [string, string, Files | string, Variables?][] = [
  [
    'an id alone',
    'the environment has AWS_ACCESS_KEY_ID, but not AWS_SECRET_ACCESS_KEY',
    both,
    { AWS_ACCESS_KEY_ID: 'hush' },
  ],
  [
    'a secret alone',
    'the environment has AWS_SECRET_ACCESS_KEY, but not AWS_ACCESS_KEY_ID',
    both,
    { AWS_SECRET_ACCESS_KEY: 'hush' },
  ],
  [
    'an id alone in a profile',
    `${IN}/credentials has aws_access_key_id, but not aws_secret_access_key`,
    '[prod]\naws_access_key_id = hush\n',
    named,
  ],
  [
    'a key in quotes',
    `AWS_SECRET_ACCESS_KEY in the environment ${ONE_WORD}`,
    both,
    { ...variables('1'), AWS_SECRET_ACCESS_KEY: '"hush"' },
  ],
  [
    'a token with a line end',
    `AWS_SESSION_TOKEN in the environment ${ONE_WORD}`,
    both,
    { ...variables('1'), AWS_SESSION_TOKEN: 'hush\n' },
  ],
  [
    'a key of two words',
    `aws_secret_access_key in ${IN}/credentials ${ONE_WORD}`,
    '[prod]\naws_access_key_id = a\naws_secret_access_key = hush hush\n',
    named,
  ],
  [
    'a key that is a list',
    `aws_access_key_id in ${IN}/credentials ${ONE_WORD}`,
    '[prod]\naws_access_key_id[] = hush\n',
    named,
  ],
  [
    'a key without a value',
    `aws_access_key_id in ${IN}/credentials ${ONE_WORD}`,
    '[prod]\naws_access_key_id\n',
    named,
  ],
  [
    'a role',
    `${IN}/config has role_arn, which esconn cannot use`,
    {
      [CREDENTIALS]: `[prod]\n${keys('1')}`,
      [CONFIG]: '[profile prod]\nrole_arn = hush\nsource_profile = prod\n',
    },
    named,
  ],
  [
    'a session of SSO',
    `${IN}/config has sso_session, which esconn cannot use`,
    { [CONFIG]: '[profile prod]\nsso_session = hush\n' },
    named,
  ],
  [
    'SSO of old',
    `${IN}/config has sso_start_url, which esconn cannot use`,
    { [CONFIG]: '[profile prod]\nsso_start_url = hush\n' },
    named,
  ],
  [
    'a command',
    `${IN}/credentials has credential_process, which esconn cannot use`,
    '[prod]\ncredential_process = hush\n',
    named,
  ],
  [
    'another profile',
    `${IN}/config has source_profile, which esconn cannot use`,
    { [CONFIG]: '[profile prod]\nsource_profile = hush\n' },
    named,
  ],
  [
    'a file that is none',
    'ROOT/home: a directory, where a file is expected',
    both,
    { AWS_CONFIG_FILE: 'ROOT/home' },
  ],
  [
    'a large file',
    'ROOT/home/.aws/credentials: larger than 1 MiB',
    { [CREDENTIALS]: Buffer.alloc(2 ** 20 + 1, 'hush') },
  ],
]
for (const [name, message, files, given] of refused) test(`${name} is refused`, finds, message, files, given)

const NONE = 'no AWS credentials: AWS_ACCESS_KEY_ID is not set, and'
const FILES = 'ROOT/home/.aws/credentials and ROOT/home/.aws/config'
test('no files', finds, `${NONE} there is no profile default in ${FILES}`, {})
test('no such profile', finds, `${NONE} there is no profile prod in ${FILES}`, both, named)
test(
  'a profile of the notation of the other file',
  finds,
  `${NONE} there is no profile prod in ${FILES}`,
  { [CONFIG]: `[prod]\n${keys('1')}` },
  named,
)
test(
  'a part of a name',
  finds,
  `${NONE} there is no profile prod in ${FILES}`,
  `[prod.eu]\n${keys('1')}`,
  named,
)
test(
  'a profile without keys',
  finds,
  `${NONE} the profile prod holds none in ${FILES}`,
  '[prod]\nregion = x\n',
  named,
)
test(
  'the profile __proto__',
  finds,
  `${NONE} there is no profile __proto__ in ${FILES}`,
  both,
  profileOf('__proto__'),
)
test(
  'a profile that every object has',
  finds,
  `${NONE} there is no profile toString in ${FILES}`,
  both,
  profileOf('toString'),
)

test('what else there is to do', async t => {
  const { env } = tree(t, { [CONFIG]: '[default]\nsso_session = x\n' })
  const error = await t.throwsAsync(awsCredentials(env, fail), { instanceOf: ConfigError })
  t.regex(error.advice ?? '', /eval "\$\(aws configure export-credentials --format env\)"$/)
})
