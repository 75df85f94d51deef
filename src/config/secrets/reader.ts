import { join, resolve } from 'node:path'
import { parseDuration } from '../../duration.ts'
import { ConfigError } from '../../errors.ts'
import type { Env } from '../expand.ts'
import { readText } from '../files.ts'
import { homeOf } from '../home.ts'
import type { Layer } from '../layers.ts'
import type { Target } from '../lookup.ts'
import { at, onOneLine, type Path } from '../mistakes.ts'
import type { SecretInput, SecretSource } from '../schema/secret.ts'
import { mistakeIn } from './mistake.ts'

const LOCKED = 'is it unlocked? A secret can also come from a variable, { file: … } or { command: […] }'

/** How long a command may take where nobody says otherwise, in milliseconds. */
const COMMAND_TIMEOUT = 60_000

/** Reads what an alias refers to: files, the keyring, commands; and remembers what must not be repeated. */
export class SecretReader {
  readonly seen: string[] = []
  readonly #layer: Layer
  readonly #alias: Path
  readonly #env: Env
  readonly #signal: AbortSignal | undefined

  /** @param signal ends a command that is run for a secret */
  constructor({ layer, name }: Target, env: Env, signal?: AbortSignal) {
    this.#layer = layer
    this.#alias = ['aliases', name]
    this.#env = env
    this.#signal = signal
  }

  /**
   * A secret in clear.
   *
   * @param path where it stands inside the alias
   * @throws {ConfigError} where it cannot be had, or makes no sense there
   */
  async secret(value: SecretInput | undefined, path: Path): Promise<string | undefined> {
    if (value === undefined) return undefined
    const secret = this.judged(typeof value === 'string' ? value : await this.#fetch(value, path), path)
    this.seen.push(secret)
    return secret
  }

  /** @throws {ConfigError} for a text that makes no sense there */
  judged(text: string, path: Path): string {
    const what = mistakeIn(path, text)
    return what === undefined ? text : this.fail(path, what)
  }

  /** @throws {ConfigError} where there is no such file */
  file(file: string, path: Path): string {
    const text = readText(this.path(file), this.#place(path))
    if (text === undefined) this.fail(path, `no such file: ${onOneLine(this.path(file))}`)
    return text
  }

  /** The absolute path of a file: `~/` is the user's home, as in a shell. */
  path(file: string): string {
    const { base } = this.#layer
    return file.startsWith('~/') ? join(homeOf(this.#env) ?? base, file.slice(2)) : resolve(base, file)
  }

  /** @throws {ConfigError} always, saying where */
  fail(path: Path, what: string, details: { advice?: string | undefined; cause?: unknown } = {}): never {
    throw new ConfigError(`${this.#place(path)}: ${what}`, details)
  }

  #place(path: Path): string {
    return at(this.#layer.source, [...this.#alias, ...path])
  }

  async #fetch({ file, keyring, command, timeout }: SecretSource, path: Path): Promise<string> {
    if (file !== undefined) return withoutLineEnd(this.file(file, [...path, 'file']))
    if (keyring !== undefined) return await this.#fromKeyring(keyring, [...path, 'keyring'])
    const call = {
      argv: command ?? [],
      cwd: this.#layer.base,
      env: this.#env,
      timeout: parseDuration(timeout ?? '') ?? COMMAND_TIMEOUT,
      signal: this.#signal,
    }
    const { outputOf } = await import('./command.ts')
    const output = outputOf(call).catch(cause => {
      if (this.#signal?.aborted) throw cause
      return this.fail([...path, 'command'], `the command ${cause.message}`)
    })
    return withoutLineEnd(await output)
  }

  async #fromKeyring(entry: string, path: Path): Promise<string> {
    const { readKeyring } = await import('./keyring.ts')
    const secret = await readKeyring(entry).catch(cause =>
      this.fail(path, cause.message, { cause, advice: LOCKED }),
    )
    const advice = `esconn config login ${this.#alias[1]}`
    return secret ?? this.fail(path, 'the keyring has no such entry', { advice })
  }
}

/** A line end behind a secret is no part of it. */
export const withoutLineEnd = (text: string): string => text.replace(/\r?\n$/, '')
