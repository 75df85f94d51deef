import { basename, extname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { ConfigError } from '../errors.ts'
import { contentOf } from './disk.ts'
import { parse } from './document.ts'
import { type Position, type Source, shown } from './mistakes.ts'
import { realFile } from './replace.ts'
import { fileSchema } from './schema/file.ts'
import { validate } from './schema/validate.ts'
import { type Member, withAlias } from './splice.ts'

/** A configuration that an alias can be added to; the file may not be there yet. */
export interface Addable {
  /** Absolute path, not of a symbolic link. */
  file: string
  /** Undefined where there is no such file. */
  text: string | undefined
  /** Undefined where it says nothing yet. */
  source: Source | undefined
}

/**
 * Reads a file to add to; a symbolic link stands for the file that it leads to.
 *
 * @throws {ConfigError} where it cannot be read, holds mistakes, or is a `package.json`
 */
export function addable(path: string): Addable {
  const file = realFile(path)
  if (basename(file, extname(file)) === 'package') {
    const advice = 'add the alias to it by hand, or name another file'
    throw new ConfigError(`${file}: a file of this name is not written to`, { advice })
  }
  const text = contentOf(file)?.toString()
  const source = text?.trim() ? parse(file, text) : undefined
  if (source !== undefined) validate(fileSchema, source.data, { source, path: [] })
  return { file, text, source }
}

/** Where an alias stands in the file, undefined where it does not. */
export function positionOf({ source }: Addable, alias: string): Position | undefined {
  return Object.hasOwn(aliasesOf(source), alias) ? source?.position(['aliases', alias]) : undefined
}

/**
 * The file's text with one more alias, or with another one by a name that is there. Its comments, order and spacing
 * stay.
 *
 * @throws {ConfigError} for an alias that makes no sense, and where the text has a form that cannot be added to
 */
export function withMember({ file, text, source }: Addable, alias: Member): string {
  const changed = withAlias(source === undefined ? blank(file, text) : (text ?? ''), alias)
  const after = changed === undefined ? undefined : reread(file, changed)
  const wanted = { ...Object(source?.data), aliases: { ...aliasesOf(source), [alias.key]: alias.value } }
  if (changed === undefined || !isDeepStrictEqual(after?.data, wanted)) {
    const advice = `add the alias ${shown(alias.key)} by hand`
    throw new ConfigError(`${file}: is written in a form that cannot be added to`, { advice })
  }
  validate(fileSchema, after?.data, { source: after as Source, path: [] })
  return changed
}

/** What a file says that says nothing yet: its comments, if there are any. */
function blank(file: string, text = ''): string {
  if (extname(file) === '.json') return '{\n  "aliases": {}\n}\n'
  return text.trim() ? text : '# All that an alias can have: esconn config schema\n'
}

function reread(file: string, text: string): Source | undefined {
  try {
    return parse(file, text)
  } catch (error) {
    if (error instanceof ConfigError) return undefined
    throw error
  }
}

const aliasesOf = (source: Source | undefined): object => Object(Object(source?.data).aliases)
