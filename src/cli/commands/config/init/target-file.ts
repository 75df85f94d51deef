import { statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { loadConfig } from '../../../../config/configuration.ts'
import { type EditableFile, openForEdit, withAlias } from '../../../../config/files/edit.ts'
import { fileSearches, projectFile } from '../../../../config/files/find.ts'
import { homeDirectory, userConfigFile } from '../../../../config/files/home.ts'
import { realFile, replaceFile } from '../../../../config/files/write.ts'
import type { Origin, Surroundings } from '../../../../config/types.ts'
import { ConfigError, UsageError } from '../../../../errors.ts'
import { type Context, configFile } from '../../../context.ts'
import { type AliasDraft, containsSecret, toFile } from './draft.ts'

/** The file to write, and where it comes from. */
export interface TargetFile {
  path: string
  origin: Origin
}

/**
 * The file to write: the one that `--config` names, the project's in the working directory, or else the user's own,
 * an existing one before a new one.
 *
 * @throws {ConfigError} where there is no home directory, and for a file with mistakes
 * @throws {UsageError} for a project's file in a directory where none is read
 */
export function targetFile(
  surroundings: Surroundings,
  named: string | undefined,
  project = false,
): TargetFile {
  if (project && named !== undefined)
    throw new UsageError('--project and --config (or ESCONN_CONFIG) name two files', { advice: 'give one' })
  if (named !== undefined) return { path: resolve(surroundings.cwd, named), origin: 'named' }
  return project ? projectTarget(surroundings) : userTarget(surroundings)
}

function projectTarget({ cwd, env }: Surroundings): TargetFile {
  const directory = realFile(cwd)
  const home = homeDirectory(env)
  if (home !== undefined && !relative(directory, realFile(home)).startsWith('..'))
    throw new UsageError(
      `--project: no project's file is read in ${directory}, which is your home directory or above it`,
      { advice: 'without --project the alias goes into your own file' },
    )
  const { file } = projectFile(cwd, env) ?? {}
  const here = file !== undefined && dirname(file) === directory
  return { path: here ? file : join(directory, '.esconnrc'), origin: 'project' }
}

function userTarget(surroundings: Surroundings): TargetFile {
  const [, search] = fileSearches(surroundings)
  const path = search?.()?.source.file ?? userConfigFile(surroundings.env)
  if (path !== undefined) return { path, origin: 'user' }
  throw new ConfigError('there is no home directory to write to', { advice: 'name a file: --config FILE' })
}

/**
 * Prepares the new text of the file first, so that a file to which nothing can be added is found before anything is stored.
 *
 * @returns a function that writes it and returns the path of the file
 * @throws {ConfigError} where nothing can be added to the file
 */
export function prepareWrite(draft: AliasDraft, target: TargetFile): () => string {
  const file = openForEdit(target.path)
  const text = withAlias(file, { key: draft.name, value: toFile(draft) })
  return () => {
    replaceFile(file.file, text, modeFor(file, target, containsSecret(draft)))
    return file.file
  }
}

/** A file that is not the user's alone keeps its permissions, as long as it gets no secret. */
function modeFor({ file, text }: EditableFile, { origin }: TargetFile, secret: boolean): number {
  return text === undefined || origin === 'user' || secret ? 0o600 : statSync(file).mode & 0o777
}

/** Says why the alias that was written to `file` may not be the one in effect here. */
export function warnIfShadowed(name: string, file: string, context: Context): void {
  const { io, messages } = context
  try {
    const { aliases } = loadConfig({ cwd: io.cwd, env: io.env, config: configFile(context) })
    const entry = aliases.find(alias => alias.name === name)
    if (entry?.file !== undefined && realFile(entry.file) !== file)
      messages.print(`here ${name} is the alias of ${entry.file}, line ${entry.line}, which takes precedence`)
    if (entry?.untrusted) messages.print('it can be used once its file is trusted: esconn config trust')
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    messages.print(`no alias can be used here: ${error.message}`)
  }
}
