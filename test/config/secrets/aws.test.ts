import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { AwsLogin } from '../../../src/config/secrets/aws.ts'
import type { AwsCredentials } from '../../../src/config/types.ts'
import { createConnections } from '../../../src/connections.ts'
import { ConfigError } from '../../../src/errors.ts'
import { configured } from '../../support/configured.ts'
import { esconn } from '../../support/esconn.ts'
import { ended, start } from '../../support/process.ts'
import { answer, found, hang, nobody, type RawRequest, raw, reply } from '../../support/raw.ts'
import { refusal } from '../../support/signature.ts'
import { tree } from '../_tree.ts'

interface World {
  /** Below the root of a tree, whose home is `home/`. */
  files?: Record<string, string>
  /** `ROOT` is the tree's. */
  env?: Record<string, string>
  profile?: string
}

const CONFIG = 'home/.aws/config'
const CREDENTIALS = 'home/.aws/credentials'
const HOUR = 3_600_000
/** How long credentials that are replaced soon are valid, in milliseconds. */
const LITTLE = 2500

const keys = (id: string, token?: string) =>
  `aws_access_key_id = ID${id}\naws_secret_access_key = hush${id}\n${token ? `aws_session_token = hush${token}\n` : ''}`
const variables = (id: string) => ({ AWS_ACCESS_KEY_ID: `ID${id}`, AWS_SECRET_ACCESS_KEY: `hush${id}` })
const credentials = (id: string, token?: string): AwsCredentials => ({
  accessKeyId: `ID${id}`,
  secretAccessKey: `hush${id}`,
  ...(token && { sessionToken: `hush${token}` }),
})

/** An alias's login in an isolated environment, in which no instance has credentials. */
function loginIn(t: ExecutionContext, { files = {}, env = {}, profile }: World) {
  const { root, env: home } = tree(t, files)
  const given = Object.entries(env).map(([name, value]) => [name, value.replaceAll('ROOT', root)])
  const all = { ...BARE, ...home, ...Object.fromEntries(given) }
  const seen: string[] = []
  const login = new AwsLogin({ region: 'eu-west-1', service: 'es', profile }, all, {
    renew: secrets => seen.push(...secrets),
    fail: (what, advice) => {
      throw new ConfigError(what, { advice })
    },
  })
  return { login, seen, root, env: all }
}

const BARE = { PATH: process.env.PATH ?? '', AWS_EC2_METADATA_DISABLED: 'true' }
const PATIENT = { timeout: 60_000 }

const finds = test.macro(async (t, expected: AwsCredentials, origin: string, world: World) => {
  const { login, seen } = loginIn(t, world)
  await login.refresh(PATIENT)
  const { accessKeyId, secretAccessKey, sessionToken } = login.credentials
  t.deepEqual({ accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }, expected)
  t.is(login.origin, origin)
  t.deepEqual(seen, [secretAccessKey, sessionToken ?? []].flat())
  t.notRegex(JSON.stringify(login), /hush/)
})

const files = { [CREDENTIALS]: `[default]\n${keys('1')}[prod]\n${keys('2', '2')}` }
test.serial('keys in the environment', finds, credentials('0'), 'the environment', {
  files,
  env: variables('0'),
})
test.serial('keys of a session in the environment', finds, credentials('0', '0'), 'the environment', {
  env: { ...variables('0'), AWS_SESSION_TOKEN: 'hush0' },
})
test.serial('the profile default', finds, credentials('1'), 'the profile default', { files })
test.serial('AWS_PROFILE', finds, credentials('2', '2'), 'the profile prod', {
  files,
  env: { AWS_PROFILE: 'prod' },
})
test.serial('the profile of the alias', finds, credentials('2', '2'), 'the profile prod', {
  files,
  env: { AWS_PROFILE: 'default' },
  profile: 'prod',
})
test.serial(
  'AWS_PROFILE together with keys in the environment',
  finds,
  credentials('2', '2'),
  'the profile prod',
  {
    files,
    env: { ...variables('0'), AWS_PROFILE: 'prod' },
  },
)
test.serial(
  'the profile of the alias together with keys in the environment',
  finds,
  credentials('2', '2'),
  'the profile prod',
  {
    files,
    env: variables('0'),
    profile: 'prod',
  },
)
test.serial('files elsewhere', finds, credentials('3'), 'the profile default', {
  files: { ...files, 'other/config': `[default]\n${keys('3')}` },
  env: { AWS_CONFIG_FILE: 'ROOT/other/config', AWS_SHARED_CREDENTIALS_FILE: 'ROOT/none' },
})

/** What `credential_process` prints. */
const printed = (id: string, more = {}) =>
  JSON.stringify({ Version: 1, AccessKeyId: `ID${id}`, SecretAccessKey: `hush${id}`, ...more })
test.serial('credential_process', finds, credentials('4', '4'), 'the profile prod (credential_process)', {
  files: {
    [CONFIG]: '[profile prod]\ncredential_process = cat "$HOME/printed"\n',
    'home/printed': printed('4', { SessionToken: 'hush4' }),
  },
  profile: 'prod',
})

const later = (milliseconds = HOUR) => new Date(Date.now() + milliseconds).toISOString()
/** The response of STS. */
const assumed = (action: string, id: string) =>
  `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><Credentials>
    <AccessKeyId>ID${id}</AccessKeyId><SecretAccessKey>hush${id}</SecretAccessKey><SessionToken>hush${id}</SessionToken>
    <Expiration>${later()}</Expiration></Credentials></${action}Result></${action}Response>`
const xml = { 'content-type': 'text/xml' }
/** The response of a container and of an instance. */
const given = (id: string, lasts = HOUR) => ({
  Code: 'Success',
  AccessKeyId: `ID${id}`,
  SecretAccessKey: `hush${id}`,
  Token: `hush${id}`,
  Expiration: later(lasts),
})

const ROLE = 'role_arn = arn:aws:iam::123456789012:role/reader\nsource_profile = default\n'
test.serial('a role', async t => {
  const { url, requests } = await raw(t, reply(assumed('AssumeRole', '5'), 200, xml))
  const { login } = loginIn(t, {
    files: { [CONFIG]: `[profile reader]\n${ROLE}`, ...files },
    env: { AWS_ENDPOINT_URL_STS: url },
    profile: 'reader',
  })
  await login.refresh(PATIENT)
  t.is(login.credentials.accessKeyId, 'ID5')
  t.is(login.origin, 'the profile reader (a role)')
  t.regex(requests[0]?.body ?? '', /Action=AssumeRole&.*role%2Freader/)
  t.regex(requests[0]?.headers.authorization ?? '', /Credential=ID1\/\d+\/eu-west-1\/sts/)
})

test.serial('a web identity', async t => {
  const { url, requests } = await raw(t, reply(assumed('AssumeRoleWithWebIdentity', '6'), 200, xml))
  const { login } = loginIn(t, {
    files: { 'home/token': 'hush-token' },
    env: {
      AWS_WEB_IDENTITY_TOKEN_FILE: 'ROOT/home/token',
      AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/pod',
      AWS_ENDPOINT_URL_STS: url,
    },
  })
  await login.refresh(PATIENT)
  t.is(login.credentials.accessKeyId, 'ID6')
  t.is(login.origin, 'a web identity (AWS_WEB_IDENTITY_TOKEN_FILE)')
  t.regex(requests[0]?.body ?? '', /WebIdentityToken=hush-token/)
})

test.serial('a container', async t => {
  const { url, requests } = await raw(t, reply(given('7')))
  const { login } = loginIn(t, {
    env: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/keys`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: 'hush-token',
    },
  })
  await login.refresh(PATIENT)
  t.deepEqual(login.credentials, credentials('7', '7'))
  t.is(login.origin, 'the container (AWS_CONTAINER_CREDENTIALS_*)')
  t.like(requests[0], { path: '/keys', headers: { authorization: 'hush-token' } })
})

test.serial('an EC2 instance', async t => {
  const root = '/latest/meta-data/iam/security-credentials/'
  const { url, requests } = await raw(t, (socket, request) => {
    if (request.path === '/latest/api/token') return reply('hush-token', 200)(socket, request)
    return reply(request.path === root ? 'web' : given('8'))(socket, request)
  })
  const { login } = loginIn(t, {
    env: { AWS_EC2_METADATA_DISABLED: 'false', AWS_EC2_METADATA_SERVICE_ENDPOINT: url },
  })
  await login.refresh(PATIENT)
  t.deepEqual(login.credentials, credentials('8', '8'))
  t.is(login.origin, 'the EC2 instance metadata')
  t.is(requests.at(-1)?.path, `${root}web`)
})

const SSO = `[profile dev]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = reader
[sso-session corp]
sso_start_url = https://corp.awsapps.example/start
sso_region = eu-west-1
sso_registration_scopes = sso:account:access
`
const SSO_CACHE = `home/.aws/sso/cache/${createHash('sha1').update('corp').digest('hex')}.json`
const ssoToken = (lasts: number) => JSON.stringify({ accessToken: 'hush-token', expiresAt: later(lasts) })

test.serial('IAM Identity Center', async t => {
  const roleCredentials = {
    accessKeyId: 'ID9',
    secretAccessKey: 'hush9',
    sessionToken: 'hush9',
    expiration: Date.now() + HOUR,
  }
  const { url, requests } = await raw(t, reply({ roleCredentials }))
  const { login } = loginIn(t, {
    files: { [CONFIG]: SSO, [SSO_CACHE]: ssoToken(HOUR) },
    env: { AWS_ENDPOINT_URL_SSO: url },
    profile: 'dev',
  })
  await login.refresh(PATIENT)
  t.deepEqual(login.credentials, credentials('9', '9'))
  t.is(login.origin, 'the profile dev (IAM Identity Center)')
  t.regex(requests[0]?.path ?? '', /^\/federation\/credentials\?.*role_name=reader/)
})

/** Nothing is found: the message, and the advice on a second line. */
const refuses = test.macro(async (t, expected: string, world: World) => {
  const { login, root } = loginIn(t, world)
  const error = await t.throwsAsync(login.refresh(PATIENT), { instanceOf: ConfigError })
  t.is(`${error.message}\n${error.advice}`.replaceAll(root, 'ROOT'), expected)
})

const LIST = '`aws configure list` shows what AWS itself finds'
const NONE = 'EC2 Instance Metadata Service access disabled'
test.serial(
  'no source at all',
  refuses,
  `no AWS credentials found; tried the environment (AWS_ACCESS_KEY_ID), the profile default (~/.aws/config, ~/.aws/credentials), a web identity (AWS_WEB_IDENTITY_TOKEN_FILE), the EC2 instance metadata; ${NONE}\n${LIST}`,
  {},
)
test.serial(
  'a profile that does not exist',
  refuses,
  `no AWS credentials found; tried the profile prod (ROOT/none, ~/.aws/credentials), a web identity (AWS_WEB_IDENTITY_TOKEN_FILE), the EC2 instance metadata; ${NONE}\n\`aws configure list --profile prod\` shows what AWS itself finds`,
  { env: { AWS_PROFILE: 'prod', AWS_CONFIG_FILE: 'ROOT/none' } },
)
test.serial(
  'a program that fails, whose command line may contain a secret',
  refuses,
  `no AWS credentials found; tried the profile default (~/.aws/config, ~/.aws/credentials), a web identity (AWS_WEB_IDENTITY_TOKEN_FILE), the EC2 instance metadata; credential_process failed; ${NONE}\n${LIST}`,
  {
    files: { [CONFIG]: '[default]\ncredential_process = sh -c "echo hush >&2; exit 3"\n' },
    env: { AWS_PROFILE: 'default' },
  },
)
test.serial(
  'no login to IAM Identity Center',
  refuses,
  'no AWS credentials from the profile dev: The SSO session token associated with profile=dev was not found or is invalid\naws sso login --profile dev',
  { files: { [CONFIG]: SSO }, profile: 'dev' },
)
test.serial(
  'no login for the source of a role',
  refuses,
  'no AWS credentials from the profile reader: The SSO session token associated with profile=dev was not found or is invalid\naws sso login --profile dev',
  {
    files: { [CONFIG]: `${SSO}[profile reader]\n${ROLE.replace('default', 'dev')}` },
    profile: 'reader',
  },
)
test.serial(
  'an expired login to IAM Identity Center',
  refuses,
  "no AWS credentials from the profile dev: Value not present for 'clientId' in SSO Token. Cannot refresh\naws sso login --profile dev",
  { files: { [CONFIG]: SSO, [SSO_CACHE]: ssoToken(-HOUR) }, profile: 'dev' },
)
test.serial(
  'a role that requires an MFA code',
  refuses,
  'no AWS credentials from the profile reader: Profile reader requires multi-factor authentication, but no MFA code callback was provided\neval "$(aws configure export-credentials --profile reader --format env)"',
  {
    files: { [CONFIG]: `[profile reader]\n${ROLE}mfa_serial = arn:aws:iam::1:mfa/me\n`, ...files },
    profile: 'reader',
  },
)

test.serial('a login that IAM Identity Center refuses', async t => {
  const refused = { message: 'Session token not found or invalid' }
  const { url } = await raw(t, reply(refused, 401, { 'x-amzn-errortype': 'UnauthorizedException' }))
  const { login } = loginIn(t, {
    files: { [CONFIG]: SSO, [SSO_CACHE]: ssoToken(HOUR) },
    env: { AWS_ENDPOINT_URL_SSO: url },
    profile: 'dev',
  })
  const error = await t.throwsAsync(login.refresh(PATIENT), { instanceOf: ConfigError })
  t.regex(error.message, /^no AWS credentials from the profile dev: .*Session token not found or invalid/)
  t.is(error.advice, 'aws sso login --profile dev')
})

test.serial('a response that is not JSON is not shown', async t => {
  const { url } = await raw(t, reply('{"SecretAccessKey":hush'))
  const { login } = loginIn(t, { env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: url } })
  const error = await t.throwsAsync(login.refresh(PATIENT), { instanceOf: ConfigError })
  t.is(
    error.message,
    'no AWS credentials from the container (AWS_CONTAINER_CREDENTIALS_*): the answer is not valid JSON',
  )
})

test.serial('other credentials do not replace the profile of the alias', async t => {
  const { url } = await raw(t, reply(given('7')))
  const world = { env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: url } }
  const { login } = loginIn(t, { ...world, profile: 'prod' })
  const error = await t.throwsAsync(login.refresh(PATIENT), { instanceOf: ConfigError })
  t.regex(
    error.message,
    /^no AWS credentials from the profile prod: it has none in ~\/\.aws\/config or ~\/\.aws\/credentials$/,
  )
})

test.serial('the working directory is not used as home', async t => {
  const { root } = tree(t, files)
  const script = `import { createConnections } from '${import.meta.dirname}/../../../dist/index.js'
    const config = { aliases: { default: { node: 'http://127.0.0.1:9', retries: 0, auth: { aws: { region: 'r' } } } } }
    const connections = createConnections({ config, env: { HOME: '.', AWS_EC2_METADATA_DISABLED: 'true' } })
    await connections.get('default').search('x').catch(error => console.error(error.message))
    await connections.close()`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: `${root}/home`,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.regex((await ended(child)).stderr, /no AWS credentials found/)
})

test.serial('credentials are read again once they have expired', async t => {
  const { url, requests } = await raw(t, [
    (...asked) => reply(given('1', LITTLE))(...asked),
    reply(given('2')),
  ])
  const { login, seen } = loginIn(t, { env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: url } })
  await login.refresh(PATIENT)
  await login.refresh(PATIENT)
  t.is(requests.length, 1)
  await sleep(LITTLE + 100)
  await login.refresh(PATIENT)
  t.is(login.credentials.accessKeyId, 'ID2')
  t.deepEqual(seen, ['hush1', 'hush1', 'hush2', 'hush2'])
  await login.refresh(PATIENT)
  t.is(requests.length, 2)
})

test.serial('credentials that expire soon are replaced, and used further if that fails', async t => {
  let script = reply(given('1', 4 * 60_000))
  const { url, requests } = await raw(t, (...asked) => script(...asked))
  const { login } = loginIn(t, { env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: url } })
  await login.refresh(PATIENT)
  const { now } = Date
  const advance = (milliseconds: number) => {
    Date.now = () => now() + milliseconds
  }
  t.teardown(() => advance(0))
  await login.refresh(PATIENT)
  t.is(requests.length, 1) // they are not requested each time
  advance(61_000)
  script = reply('', 403)
  await login.refresh(PATIENT)
  t.is(login.credentials.accessKeyId, 'ID1')
  const asked = requests.length
  t.true(asked > 1)
  script = reply(given('2'))
  await login.refresh(PATIENT)
  t.is(requests.length, asked)
  advance(122_000)
  await login.refresh(PATIENT)
  t.is(login.credentials.accessKeyId, 'ID2')
})

test.serial('requests at the same time wait for the same credentials', async t => {
  const { url, requests } = await raw(t, reply(given('1')))
  const { login, seen } = loginIn(t, { env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: url } })
  await Promise.all([login.refresh(PATIENT), login.refresh(PATIENT)])
  t.is(requests.length, 1)
  t.is(seen.length, 2)
})

test.serial('a request that is aborted does not end the search for others', async t => {
  const { url } = await raw(t, async (socket, request) => {
    await sleep(300)
    return reply(given('1'))(socket, request)
  })
  const { login } = loginIn(t, { env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: url } })
  const hasty = t.throwsAsync(login.refresh({ timeout: 1 }))
  await Promise.all([login.refresh(PATIENT), hasty])
  t.is(login.credentials.accessKeyId, 'ID1')
})

test.serial('a source that does not answer', async t => {
  const { login } = loginIn(t, { files: SLOW, profile: 'slow' })
  const error = await t.throwsAsync(login.refresh({ timeout: 3000 }))
  t.like(error, { message: 'no AWS credentials from the profile slow within 3s', fault: 'timeout' })
  const enough = new AbortController()
  setTimeout(() => enough.abort(new Error('enough')), 100)
  await t.throwsAsync(login.refresh({ ...PATIENT, signal: enough.signal }), { message: 'enough' })
})

const SLOW = { [CONFIG]: '[profile slow]\ncredential_process = sleep 20\n' }

const AUTH = { auth: { aws: { region: 'eu-west-1' } }, retries: 0 }
const signerOf = (id: string) => ({
  accessKeyId: `ID${id}`,
  secretAccessKey: `hush${id}`,
  region: 'eu-west-1',
  service: 'es',
})
const arrived = (request?: RawRequest) => ({
  ...(request as RawRequest),
  body: Buffer.from(request?.body ?? ''),
})

test.serial('a later request is signed with new credentials, and neither is ever shown', async t => {
  const source = await raw(t, [(...asked) => reply(given('1', LITTLE))(...asked), reply(given('2'))])
  const echo = (socket: Parameters<ReturnType<typeof reply>>[0], request: RawRequest) =>
    reply({ error: { type: 'x', reason: `hush1 hush2 ${request.headers['x-amz-security-token']}` } }, 403)(
      socket,
      request,
    )
  const cluster = await raw(t, [answer(), echo])
  const config = { aliases: { default: { node: cluster.url, ...AUTH } } }
  const env = { ...BARE, HOME: '/nonexistent', AWS_CONTAINER_CREDENTIALS_FULL_URI: source.url }
  const connections = createConnections({ config, cwd: '/', env })
  t.teardown(() => connections.close())
  const search = () => connections.get('default').hits('entry').next()
  await search()
  await sleep(LITTLE + 100)
  const error = await t.throwsAsync(search())
  t.is(refusal(arrived(cluster.requests[0]), signerOf('1')), undefined)
  t.is(refusal(arrived(cluster.requests[1]), signerOf('2')), undefined)
  t.notRegex(String(error.message), /hush/)
  t.regex(error.message, /\[redacted\] \[redacted\] \[redacted\]/)
})

test.serial('--dry-run and --curl fetch no credentials', async t => {
  const cwd = configured(t, { aliases: { default: { node: 'http://h', ...AUTH } } })
  const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: await nobody() }
  const dry = await esconn(['ping', '--dry-run', '--config', '.esconnrc'], { cwd, env })
  t.like(dry, { status: 0, stdout: 'GET http://h/\nauthorization: AWS4-HMAC-SHA256 [redacted]\n' })
  t.like(await esconn(['ping', '--curl', '--config', '.esconnrc'], { cwd, env }), { status: 0 })
})

test.serial('doctor says where the credentials come from', async t => {
  const { root } = tree(t, files)
  const { url } = await raw(t, reply(found([])))
  const cwd = configured(t, {
    aliases: { default: { node: url, ...AUTH, auth: { aws: { region: 'r', profile: 'prod' } } } },
  })
  const env = { ...BARE, HOME: `${root}/home` }
  const { stdout } = await esconn(['doctor', '--config', '.esconnrc'], { cwd, env })
  t.regex(stdout, /secrets +auth\.aws from the profile prod/)
  const failed = await esconn(['doctor', '--config', '.esconnrc'], {
    cwd,
    env: { ...env, HOME: '/nonexistent' },
  })
  t.regex(failed.stdout, /secrets .*auth\.aws: no AWS credentials found; tried the profile prod/)
  t.is(failed.status, 78)
})

/** The command line as a separate process, with an alias whose credentials never arrive. */
function waiting(t: ExecutionContext, argv: string[]) {
  const { root } = tree(t, SLOW)
  const auth = { aws: { region: 'eu-west-1', profile: 'slow' } }
  const cwd = configured(t, { aliases: { default: { node: 'http://127.0.0.1:9', ...AUTH, auth } } })
  const env = { ...BARE, HOME: `${root}/home` }
  return start(['search', 'entry', '--config', '.esconnrc', ...argv], { cwd, env })
}

for (const limit of ['--timeout', '--max-time']) {
  test.serial(`${limit} ends the search for credentials, and the process`, async t => {
    const started = Date.now()
    const { status, stderr } = await ended(waiting(t, [limit, '3s']))
    t.is(status, 28, stderr)
    t.true(Date.now() - started < 10_000)
    if (limit === '--timeout') t.regex(stderr, /no AWS credentials from the profile slow within 3s/)
  })
}

test.serial('SIGINT ends the search for credentials, and the process', async t => {
  const child = waiting(t, [])
  await sleep(1500)
  child.kill('SIGINT')
  const started = Date.now()
  t.is((await ended(child)).signal, 'SIGINT')
  t.true(Date.now() - started < 10_000)
})

test.serial('an instance whose metadata service hangs', async t => {
  const { url } = await raw(t, hang)
  const cwd = configured(t, { aliases: { default: { node: 'http://127.0.0.1:9', ...AUTH } } })
  const env = { PATH: BARE.PATH, AWS_EC2_METADATA_SERVICE_ENDPOINT: url }
  const { status, stderr } = await ended(
    start(['search', 'entry', '--config', '.esconnrc', '--max-time', '1s'], { cwd, env }),
  )
  t.is(status, 28, stderr)
})
