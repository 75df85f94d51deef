import { broken } from './broken.ts'
import { type Envelope, isJudged, toEnvelope } from './envelope.ts'

/** What a search can answer beside its hits. */
const RESULTS = new Set(['aggregations', 'suggest', 'profile'])

/** A response that has ended: its envelope, and which results it holds beside its hits. */
export interface Response extends Envelope {
  beside: readonly string[]
}

/** The members of a response that count: which were met, and what those say by which it is judged. */
export class Members {
  readonly #met = new Set<string>()
  readonly #kept = new Map<string, unknown>()
  readonly #beside = new Set<string>()

  /** Notes that a member begins: JSON leaves open which of two would hold, so there may be one. */
  meet(member: string): void {
    if (this.#met.has(member)) throw broken(`it has two ${member}`)
    this.#met.add(member)
  }

  /** Notes results that are no hits, so that whoever prints only hits can say that there are more. */
  see(member: string): void {
    if (RESULTS.has(member)) this.#beside.add(member)
  }

  keep(member: string, text: string): void {
    if (isJudged(member)) this.#kept.set(member, parse(text))
  }

  /** @throws {WireError} `foreign` if there are no hits or something by which a response is judged is missing */
  end(): Response {
    if (!this.#met.has('hits.hits')) throw broken('it has no hits.hits')
    return { ...toEnvelope(this.#kept), beside: [...this.#beside] }
  }
}

/** The key that a JSON string stands for. */
export const keyOf = (text: string): string => (text.includes('\\') ? String(parse(text)) : text.slice(1, -1))

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw broken('a part of it is no JSON', cause)
  }
}
