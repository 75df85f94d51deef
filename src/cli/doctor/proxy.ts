import type { Env } from '../../config/expand.ts'
import { proxyOf } from '../../config/proxies.ts'
import { Opening } from '../../wire/opening.ts'
import { shownUrl } from '../../wire/way.ts'
import { type Finding, ok, type Step } from './finding.ts'
import { timed, within } from './limit.ts'
import type { Visit } from './visit.ts'

/** Which proxy is used, who says so, and whether it lets us through. */
export const proxy: Step<Visit> = {
  name: 'proxy',
  needs: ['port'],
  look: async visit => [await passed(visit)],
}

async function passed(visit: Visit): Promise<Finding> {
  const { node, proxy } = visit.way
  if (!proxy) return ok(whyNone(visit))
  const { tunnel } = await import('../../wire/tunnel.ts')
  const { took } = await timed(() =>
    within(visit.limits, 'no answer of the proxy to CONNECT', async signal => {
      const socket = await tunnel({ node, proxy }, new Opening(signal))
      socket.destroy()
    }).catch(error => {
      throw visit.told(error)
    }),
  )
  const login = proxy.username === '' ? '' : ', with credentials'
  return ok(`${shownUrl(proxy)}${login}, by ${sayer(visit)}; CONNECT works (${took})`)
}

/** In the order in which they count. */
const VARIABLES = ['http_proxy', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY']
const EXEMPTING = ['no_proxy', 'NO_PROXY']

function whyNone({ node, definition: { proxy }, env }: Visit): string {
  const exempting = EXEMPTING.find(name => env[name])
  const otherwise = proxyOf(node, without(env, EXEMPTING), proxy)
  return exempting && otherwise
    ? `none is used, since the variable ${exempting} exempts this host`
    : 'none is used'
}

/** Who names the proxy that is used. */
function sayer({ node, definition: { proxy }, settled, env }: Visit): string {
  if (proxy !== undefined) return '`proxy` of the alias'
  const used = settled.proxies?.get(node)
  const name = VARIABLES.find(name => proxyOf(node, { [name]: env[name] }) === used)
  return `the variable ${name}`
}

const without = (env: Env, names: readonly string[]): Env =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)))
