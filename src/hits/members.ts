import { broken } from './broken.ts'
import { type Envelope, isJudged, toEnvelope } from './envelope.ts'

/** The members of a response that count: which were met, and what those say by which it is judged. */
export class Members {
  readonly #met = new Set<string>()
  readonly #kept = new Map<string, unknown>()

  /** Notes that a member begins: JSON leaves open which of two would hold, so there may be one. */
  meet(member: string): void {
    if (this.#met.has(member)) throw broken(`it has two ${member}`)
    this.#met.add(member)
  }

  keep(member: string, text: string): void {
    if (isJudged(member)) this.#kept.set(member, parse(text))
  }

  /** @throws {WireError} `foreign` if there are no hits or something by which a response is judged is missing */
  toEnvelope(): Envelope {
    if (!this.#met.has('hits.hits')) throw broken('it has no hits.hits')
    return toEnvelope(this.#kept)
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
