import * as v from 'valibot'
import { WireError } from '../errors.ts'
import { MemberScanner } from '../json/member-scanner.ts'
import { isObject, memberOf, membersOf } from '../json/members.ts'
import { isSpace, OPEN_BRACE } from '../json/scan.ts'
import { count } from '../text.ts'
import { describeError } from '../wire/errors/http.ts'
import type { ReplyHead } from '../wire/exchange.ts'
import { clustersMissing, joinReasons, nodesMissing, shardsMissing } from './completeness.ts'
import { clustersSchema, parseUnambiguous } from './response.ts'
import { checkSize } from './scanner.ts'

/** A reply to a read that has not found anything says one of these. */
const NEGATIVE: Readonly<Record<string, string>> = {
  found: 'false',
  matched: 'false',
  result: '"not_found"',
  num_freed: '0',
}

/** What each element on these paths is, if there is any. */
const FAILURES = new Map([
  ...['index', 'create', 'update', 'delete'].map(
    name => [`items.*.${name}.error`, 'failed operation'] as const,
  ),
  ['responses.*.error', 'failed response'],
  ['docs.*.error', 'failed document'],
  ...['failures', 'node_failures', 'task_failures'].map(name => [`${name}.*`, 'failure'] as const),
])

/** The searches of `_msearch`. */
const SEARCHES = 'responses.*.'
const OF_SEARCH = ['timed_out', '_shards', '_clusters']
const OF_REPLY = [
  ...OF_SEARCH,
  '_nodes',
  'errors',
  'acknowledged',
  'is_partial',
  'is_running',
  'terminated_early',
]

/**
 * Reads in the JSON of any reply, while it arrives and in constant memory, whether all was done that was asked for.
 * What the reply means is known at its end. A reply that is not a JSON object says nothing.
 */
export class ReplyJudge {
  readonly #head: Pick<ReplyHead, 'status' | 'headers' | 'redact'>
  readonly #scanner = new MemberScanner(
    {
      keep: [
        ...OF_REPLY,
        ...Object.keys(NEGATIVE),
        ...OF_SEARCH.map(name => SEARCHES + name),
        ...FAILURES.keys(),
        'failures',
      ],
      notice: ['hits', 'count'],
    },
    {
      grown: checkSize,
      kept: (path, bytes) => this.#take(path, bytes),
      noticed: () => {
        this.#isSearch = true
      },
    },
  )
  readonly #members = new Map<string, Buffer>()
  /** How many parts failed, by their kind, and what is said of the first. */
  readonly #failed = new Map<string, { count: number; first: string }>()
  readonly #endsEarly: boolean
  #isSearch = false
  #size = 0
  #fault: WireError | undefined
  #isJudged = true

  /** @param endsEarly whether the request had `terminate_after`: without it OpenSearch says that complete searches ended early */
  constructor(head: Pick<ReplyHead, 'status' | 'headers' | 'redact'>, endsEarly = false) {
    this.#head = head
    this.#endsEarly = endsEarly
    this.#isJudged = isJson(head)
  }

  push(chunk: Buffer): void {
    const first = this.#size === 0 ? chunk.find(byte => !isSpace(byte)) : undefined
    if (first !== undefined && first !== OPEN_BRACE) this.#isJudged = false
    if (first !== undefined || this.#size > 0) this.#size += chunk.length
    if (!this.#isJudged || this.#fault) return
    try {
      this.#scanner.push(chunk)
    } catch (error) {
      this.#fault = error instanceof WireError ? error : invalidJson(error as SyntaxError)
    }
  }

  /** Whether the answer is no: what was asked for is not there. */
  get isNegative(): boolean {
    const says = Object.entries(NEGATIVE).some(([name, no]) => this.#text(name) === no)
    return says || (this.#head.status === 404 && this.#isEmpty)
  }

  /**
   * Why the reply is incomplete, or undefined if it is complete.
   *
   * @throws {WireError} `cut` for JSON that ends early, `foreign` for what is not JSON, `oversize` for a part of it that
   * is larger than any that a cluster sends
   */
  whyIncomplete(): string | undefined {
    if (this.#fault) throw this.#fault
    if (this.#scanner.state === 'open')
      throw new WireError('cut', 'the reply ended early, in the middle of its JSON')
    const is = (name: string, value: string) => this.#text(name) === value
    const reasons = [
      ...this.#lacking(name => this.#members.get(name), this.#isSearch || this.#members.has('timed_out')),
      nodesMissing(this.#object('_nodes')),
      ...[...this.#failed].map(([what, { count: number, first }]) => `${count(number, what)} (${first})`),
      is('errors', 'true') && this.#failed.size === 0 ? 'some operations failed' : undefined,
      is('acknowledged', 'false') ? 'not every node has acknowledged it in time' : undefined,
      this.#endsEarly && is('terminated_early', 'true')
        ? 'terminate_after ended the search early'
        : undefined,
      is('is_partial', 'true') && !is('is_running', 'true') ? 'the result is partial' : undefined,
    ]
    return joinReasons(reasons)
  }

  #text(name: string): string | undefined {
    return this.#members.get(name)?.toString()
  }

  #object(name: string): Buffer | undefined {
    const bytes = this.#members.get(name)
    return bytes?.[0] === OPEN_BRACE ? bytes : undefined
  }

  /** An object with a member has at least six bytes. */
  get #isEmpty(): boolean {
    return this.#scanner.state === 'complete' && this.#size < 6
  }

  #take(path: string, bytes: Buffer): void {
    const failure = FAILURES.get(path)
    if (path === 'failures') for (const error of errorsIn(bytes)) this.#fail('failure', this.#describe(error))
    else if (failure !== undefined) this.#fail(failure, this.#describe(bytes))
    else if (path.startsWith(SEARCHES)) {
      const name = path.slice(SEARCHES.length)
      for (const reason of this.#lacking(of => (of === name ? bytes : undefined), true))
        this.#fail('incomplete response', reason)
    } else this.#members.set(path, bytes)
  }

  #fail(what: string, reason: string): void {
    const { count, first } = this.#failed.get(what) ?? { count: 0, first: reason }
    this.#failed.set(what, { count: count + 1, first })
  }

  /** A failure of an operation on documents has a `cause`, one of a shard a `reason`. */
  #describe(bytes: Buffer): string {
    const failure = parseUnambiguous('failure', bytes)
    const { cause = failure, reason } = Object(failure)
    return describeError(isObject(reason) ? reason : cause, this.#head.redact)
  }

  /** What the members of a search, or of another reply, say. */
  #lacking(memberOf: (name: string) => Buffer | undefined, isSearch: boolean): string[] {
    const parse = (name: string) => {
      const bytes = memberOf(name)
      return bytes && parseUnambiguous(name, bytes)
    }
    const clusters = v.safeParse(clustersSchema, parse('_clusters'))
    return [
      memberOf('timed_out')?.toString() === 'true' ? 'it timed out on the cluster' : undefined,
      this.#shardsMissing(parse('_shards'), isSearch),
      clusters.success ? clustersMissing(clusters.output, this.#head.redact) : undefined,
    ].filter(reason => reason !== undefined)
  }

  /** Only for a search every shard must have answered: other replies count copies that are not allocated, too. */
  #shardsMissing(shards: unknown, isSearch: boolean): string | undefined {
    if (!isObject(shards)) return undefined
    const { total = 0, failed = 0, ...rest } = shards as Record<string, number>
    const answered = total - failed
    const successful = isSearch ? (rest.successful ?? answered) : answered
    return shardsMissing({ ...rest, total, failed, successful }, this.#head.redact)
  }
}

/** The errors by name of `_rank_eval`; none of an index that is called `failures`. */
const errorsIn = (failures: Buffer): Buffer[] =>
  failures[0] === OPEN_BRACE
    ? membersOf(failures).flatMap(({ start, end }) => {
        const failure = failures.subarray(start, end)
        return (failure[0] === OPEN_BRACE && memberOf(failure, 'error')) || []
      })
    : []

/** Whether the body of a reply is JSON by its header. */
export const isJson = ({ headers }: Pick<ReplyHead, 'headers'>): boolean =>
  /^application\/(?:[\w.]+\+)?json\b/i.test(headers['content-type'] ?? '')

const invalidJson = (cause: SyntaxError): WireError =>
  new WireError('foreign', `the reply is not valid JSON: ${cause.message}`, { cause })
