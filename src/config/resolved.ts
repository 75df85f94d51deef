import { inspect } from 'node:util'
import type { AliasEntry } from './aliases.ts'
import type { Index, Settled } from './settled.ts'

/** What an alias stands for. What may be secret is not seen by `util.inspect`, JSON or a spread. */
export class ResolvedAlias {
  /** The name that was asked for. */
  readonly alias: string
  /** URLs without credentials and without a slash at their end. */
  readonly nodes: readonly string[]
  readonly indices: ReadonlyMap<string, Index>
  /** Where the definition stands, at the end of any chain; undefined where no file says it. */
  readonly file: string | undefined
  readonly line: number | undefined
  readonly #settled: Settled

  constructor({ name, file, line }: Pick<AliasEntry, 'name' | 'file' | 'line'>, settled: Settled) {
    this.alias = name
    this.nodes = settled.nodes
    this.indices = settled.indices
    this.file = file
    this.line = line
    this.#settled = settled
  }

  /** All that the wire needs, secrets in clear. */
  get settled(): Settled {
    return this.#settled
  }

  [inspect.custom](): object {
    return { ...this }
  }
}
