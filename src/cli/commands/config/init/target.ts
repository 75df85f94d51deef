import { dirname, join, relative, resolve } from 'node:path'
import { type Origin, type Surroundings, searches } from '../../../../config/find.ts'
import { homeOf, userPlace } from '../../../../config/home.ts'
import { projectFile } from '../../../../config/project.ts'
import { realFile } from '../../../../config/replace.ts'
import { ConfigError, UsageError } from '../../../../errors.ts'

/** The file that is to be written, and whose it is. */
export interface Target {
  path: string
  origin: Origin
}

/**
 * The file to write: the one that `--config` names, the project's in the working directory, or else the user's own,
 * the one that is there before one that would be new.
 *
 * @throws {ConfigError} where there is no home, and for a file that holds mistakes
 * @throws {UsageError} for a project's file where none would be looked for
 */
export function targetOf(surroundings: Surroundings, named: string | undefined, project = false): Target {
  if (project && named !== undefined)
    throw new UsageError('--project and --config (or ESCONN_CONFIG) name two files', {
      advice: 'one of them says which is to be written',
    })
  if (named !== undefined) return { path: resolve(surroundings.cwd, named), origin: 'named' }
  return project ? ofProject(surroundings) : ofUser(surroundings)
}

function ofProject({ cwd, env }: Surroundings): Target {
  const directory = realFile(cwd)
  const home = homeOf(env)
  if (home !== undefined && !relative(directory, realFile(home)).startsWith('..'))
    throw new UsageError(
      `--project: no project's file is looked for in ${directory}, which is, or holds, your home`,
      {
        advice: 'without --project the alias goes into your own file',
      },
    )
  const { file } = projectFile(cwd, env) ?? {}
  const here = file !== undefined && dirname(file) === directory
  return { path: here ? file : join(directory, '.esconnrc'), origin: 'project' }
}

function ofUser(surroundings: Surroundings): Target {
  const [, search] = searches(surroundings)
  const path = search?.()?.source.file ?? userPlace(surroundings.env)
  if (path !== undefined) return { path, origin: 'user' }
  throw new ConfigError('there is no home directory to write to', { advice: 'name a file: --config FILE' })
}
