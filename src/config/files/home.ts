import { userInfo } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { Env } from '../variables.ts'

/** The user's home directory; undefined for a user without an entry in /etc/passwd, as in some containers. */
export function homeDirectory({ HOME }: Env): string | undefined {
  if (HOME !== undefined && isAbsolute(HOME)) return HOME
  try {
    return userInfo().homedir
  } catch {
    return undefined
  }
}

/** The directory of the user's own configurations; undefined without a home directory. */
export function userConfigDirectory(env: Env): string | undefined {
  const given = env.XDG_CONFIG_HOME
  const home = homeDirectory(env)
  return given && isAbsolute(given) ? given : home && join(home, '.config')
}

/** Where the user's own file is created; undefined without a home directory. */
export function userConfigFile(env: Env): string | undefined {
  const config = userConfigDirectory(env)
  return config && join(config, 'esconn', 'config.yaml')
}
