import type { Group } from '../../command.ts'
import { check } from './check.ts'
import { init } from './init/command.ts'
import { login } from './login.ts'
import { path } from './path.ts'
import { schema } from './schema.ts'
import { show } from './show.ts'
import { trust, untrust } from './trust.ts'

export const config: Group = {
  name: 'config',
  summary: "Show, check and write the configuration; trust a project's file",
  commands: [path, show, check, schema, init, login, trust, untrust],
}
