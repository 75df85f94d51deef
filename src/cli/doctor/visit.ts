import type { Env } from '../../config/expand.ts'
import type { Definition } from '../../config/schema/alias.ts'
import type { Settled } from '../../config/settled.ts'
import { Connection } from '../../connection.ts'
import { EsconnError, WireError } from '../../errors.ts'
import { type ExchangeOptions, type Reply, textOf } from '../../wire/exchange.ts'
import { GUARDED } from '../../wire/identity.ts'
import { TIMEOUT } from '../../wire/node.ts'
import { redacted } from '../../wire/redact.ts'
import { shownUrl, type Way, wayTo } from '../../wire/way.ts'
import type { Patient } from './patient.ts'
import type { Answer, Question } from './question.ts'

/** A node that is being examined, by connections of its own: whatever it does, no other one is asked in its place. */
export class Visit {
  readonly node: string
  readonly way: Way
  readonly settled: Settled
  /** The alias, its variables filled in. */
  readonly definition: Definition
  readonly env: Env
  readonly #exchange: ExchangeOptions
  readonly #left = new AbortController()
  readonly #connection: Connection
  readonly #answers = new Map<string, Promise<unknown>>()

  constructor({ alias, exchange, env, definition }: Patient, settled: Settled, node: string) {
    this.node = node
    this.way = wayTo(node, settled)
    this.settled = settled
    this.definition = definition
    this.env = env
    this.#exchange = {
      ...exchange,
      signal: AbortSignal.any([this.#left.signal, exchange.signal ?? []].flat()),
    }
    this.#connection = new Connection(alias, {
      names: () => settled.indices,
      target: () => ({ ...settled, nodes: [node] }),
    })
  }

  /** How long a step may take, and who may end it before. */
  get limits(): { timeout: number; signal: AbortSignal | undefined } {
    const { timeout = this.settled.timeout ?? TIMEOUT, signal } = this.#exchange
    return { timeout, signal }
  }

  /** The node as messages begin with it. */
  get address(): string {
    return shownUrl(this.way.node)
  }

  /** The answer to `GET /`, asked for once. */
  root(): Promise<Answer> {
    return this.once('root', () => this.ask({ method: 'GET', path: '/' }, [401, ...GUARDED]))
  }

  /**
   * Asks once, and is content with a success, or with a status that `accepts` holds.
   *
   * @throws {WireError} without the names of the alias and the node
   */
  async ask(question: Question, accepts: readonly number[] = []): Promise<Answer> {
    const { transport } = this.#connection
    const started = Date.now()
    const whole = async (reply: Reply): Promise<Answer> => {
      const milliseconds = Date.now() - started
      const { status, headers } = reply
      return { status, headers, text: await textOf(reply), moment: started + milliseconds / 2, milliseconds }
    }
    const asked = transport.exchange(question, whole, { ...this.#exchange, retries: 0, accepts })
    return await asked.catch(error => {
      throw this.told(error)
    })
  }

  /** The error without what its lines stand under anyway. */
  told(error: unknown): unknown {
    if (!(error instanceof EsconnError)) return error
    const { fault, advice, status, cause } = error
    const said = [`${error.alias}: `, `${this.address}: `].reduce(without, error.message)
    return new WireError(fault, said, { advice, status, cause })
  }

  /** Takes the alias's secrets out of what a server says. */
  readonly clean = (text: string): string => redacted(text, this.settled.secrets)

  /** Ends whatever is being asked. */
  async close(): Promise<void> {
    this.#left.abort(new WireError('aborted', 'the node is no longer examined'))
    await this.#connection.close()
  }

  /** What `act` gives when it is first asked for under this name. */
  once<T>(what: string, act: () => Promise<T>): Promise<T> {
    const asked = this.#answers.get(what) ?? act()
    this.#answers.set(what, asked)
    return asked as Promise<T>
  }
}

const without = (text: string, beginning: string): string =>
  text.startsWith(beginning) ? text.slice(beginning.length) : text
