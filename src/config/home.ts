import { userInfo } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { Env } from './expand.ts'

/** The user's home; undefined for a user without an entry, as containers have them. */
export function homeOf({ HOME }: Env): string | undefined {
  if (HOME !== undefined && isAbsolute(HOME)) return HOME
  try {
    return userInfo().homedir
  } catch {
    return undefined
  }
}

/** Where the user's own configurations stand; undefined without a home. */
export function userDirectory(env: Env): string | undefined {
  const given = env.XDG_CONFIG_HOME
  const home = homeOf(env)
  return given && isAbsolute(given) ? given : home && join(home, '.config')
}

/** Where the user's own file is written, if there is none yet; undefined without a home. */
export function userPlace(env: Env): string | undefined {
  const config = userDirectory(env)
  return config && join(config, 'esconn', 'config.yaml')
}
