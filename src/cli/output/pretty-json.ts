import { StringDecoder } from 'node:string_decoder'
import type { ChalkInstance } from 'chalk'
import { afterInComment, type CommentState } from '../../json/scan.ts'
import { escapeControls, escapeLines } from '../../text.ts'

const INDENT = '  '

/** Deeper brackets are not indented further: 100,000 of them would become gigabytes of blanks. */
const MAX_INDENT = 50

/** Outside of strings: one bracket or separator, white space, or a bare value. */
const TOKEN = /[{}[\],:]|\s+|[^{}[\],:"\s/]+/y

type Gap = 'line' | 'space' | undefined

/**
 * JSON for people: the same tokens, indented and colored, from the bytes as they arrive and without parsing them.
 * Control characters of a document become visible instead of reaching the terminal.
 */
export class PrettyJson {
  readonly #chalk: ChalkInstance
  readonly #decoder = new StringDecoder('utf8')
  readonly #open: string[] = []
  #inString = false
  #escaped = false
  #key = false
  /** What goes before the next token that is not a separator. */
  #gap: Gap
  /** Whether nothing has followed the last opening bracket. */
  #empty = false
  #comment: CommentState | undefined

  constructor(chalk: ChalkInstance) {
    this.#chalk = chalk
  }

  /** The painted form of the next bytes. */
  format(bytes: Buffer): string {
    const text = this.#decoder.write(bytes)
    let painted = ''
    for (let at = 0, end = 0; at < text.length; at = end) {
      if (this.#inString) {
        end = this.#passString(text, at)
        painted += this.#string(escapeControls(text.slice(at, end)))
      } else if (this.#comment) {
        end = this.#passComment(text, at)
        painted += this.#chalk.gray(escapeLines(text.slice(at, end)))
      } else if (text[at] === '/') {
        this.#comment = 'begun'
        this.#empty = false
        end = at + 1
        painted += ` ${this.#chalk.gray('/')}`
      } else if (text[at] === '"') {
        this.#inString = true
        end = this.#passString(text, at + 1)
        painted += this.#lead() + this.#string(escapeControls(text.slice(at, end)))
      } else {
        TOKEN.lastIndex = at
        const [run] = TOKEN.exec(text) as unknown as [string]
        end = at + run.length
        painted += this.#token(run)
      }
    }
    return painted
  }

  /** The index after the string that continues at `from`, or the text's length while it has not ended. */
  #passString(text: string, from: number): number {
    for (let at = from; at < text.length; at++) {
      if (this.#escaped) this.#escaped = false
      else if (text[at] === '\\') this.#escaped = true
      else if (text[at] === '"') {
        this.#inString = false
        return at + 1
      }
    }
    return text.length
  }

  /** The index after the comment that continues at `from`, or the text's length while it has not ended. */
  #passComment(text: string, from: number): number {
    for (let at = from; at < text.length; at++) {
      if (this.#comment === 'begun' && !/[/*]/.test(text[at] as string)) {
        this.#comment = undefined // not JSON, which is shown all the same
        return at
      }
      const isLine = this.#comment === 'line'
      this.#comment = afterInComment(this.#comment as CommentState, text.charCodeAt(at))
      if (this.#comment) continue
      this.#gap = isLine ? 'line' : (this.#gap ?? 'space')
      return isLine ? at : at + 1
    }
    return text.length
  }

  #token(run: string): string {
    switch (run) {
      case '{':
      case '[':
        return this.#opening(run)
      case '}':
      case ']':
        return this.#closing(run)
      case ',':
        this.#key = this.#open.at(-1) === '{'
        return this.#separator(run, 'line')
      case ':':
        this.#key = false
        return this.#separator(run, 'space')
      default:
        return run.trim() === '' ? '' : this.#lead() + this.#chalk.yellow(escapeControls(run))
    }
  }

  #opening(bracket: string): string {
    const lead = this.#lead()
    this.#open.push(bracket)
    this.#empty = true
    this.#gap = 'line'
    this.#key = bracket === '{'
    return lead + bracket
  }

  #closing(bracket: string): string {
    this.#open.pop()
    const lead = this.#empty ? '' : this.#line()
    this.#empty = false
    this.#gap = undefined
    return lead + bracket
  }

  #separator(run: string, gap: Gap): string {
    const lead = this.#gap === 'line' ? this.#line() : ''
    this.#gap = gap
    return lead + run
  }

  /** What goes before a value or a key. */
  #lead(): string {
    const lead = this.#gap === 'line' ? this.#line() : this.#gap === 'space' ? ' ' : ''
    this.#empty = false
    this.#gap = undefined
    return lead
  }

  #line(): string {
    return `\n${INDENT.repeat(Math.min(this.#open.length, MAX_INDENT))}`
  }

  #string(text: string): string {
    return this.#key ? this.#chalk.cyan(text) : this.#chalk.green(text)
  }
}
