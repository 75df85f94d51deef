import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, realpathSync, renameSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { ConfigError, EsconnError } from '../errors.ts'
import { load } from './document.ts'
import { readText } from './files.ts'
import { type Position, place, shown, type Source } from './mistakes.ts'
import { fileSchema } from './schema/file.ts'
import { validate } from './schema/validate.ts'
import { type Member, withAlias } from './splice.ts'

const NEW_YAML = '# Every field that an alias can have: esconn config schema\n'

/** A configuration file that an alias can be added to, there already or not. */
export interface Book {
  readonly file: string
  /** Undefined where there is no such file. */
  readonly text: string | undefined
  /** Undefined where the file says nothing yet. */
  readonly source: Source | undefined
}

/**
 * Opens a file to add to it; a symbolic link stands for the file that it leads to.
 *
 * @throws {ConfigError} where it cannot be read, or holds mistakes
 */
export function open(path: string): Book {
  const file = real(path)
  if (basename(file) === 'package.json')
    throw new ConfigError(`${file}: esconn does not write into a package.json`, {
      advice: 'add the alias under `esconn` by hand, or name another file',
    })
  const text = readText(file, file)
  return { file, text, source: text === undefined ? undefined : judged(file, text) }
}

/** Where an alias stands in the file; undefined where it does not. */
export function placeOf({ source }: Book, alias: string): Position | undefined {
  return Object.hasOwn(aliasesOf(source), alias) ? source?.position(['aliases', alias]) : undefined
}

/**
 * The file's text with one more alias, or with another one by a name that is there; comments, order and spacing stay.
 *
 * @throws {ConfigError} for an alias that makes no sense, and where the file is written in a way that cannot be added to
 */
export function withMember({ file, text, source }: Book, alias: Member): string {
  const changed = withAlias(text ?? emptyOf(file), alias)
  const wanted = { ...Object(source?.data), aliases: { ...aliasesOf(source), [alias.key]: alias.value } }
  if (changed !== undefined && isDeepStrictEqual(dataOf(file, changed), wanted)) {
    judged(file, changed)
    return changed
  }
  throw new ConfigError(`${file}: is written in a way that nothing can be added to without harm`, {
    advice: `add the alias ${shown(alias.key)} by hand`,
  })
}
