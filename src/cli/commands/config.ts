import type { Group } from '../command.ts'
import { check } from './config/check.ts'
import { init } from './config/init.ts'
import { login } from './config/login.ts'
import { path } from './config/path.ts'
import { schema } from './config/schema.ts'
import { show } from './config/show.ts'
import { trust, untrust } from './config/trust.ts'

export const config: Group = {
  name: 'config',
  summary: 'See, check and write the configuration; trust the one of a project',
  commands: [path, show, check, schema, init, login, trust, untrust],
}
