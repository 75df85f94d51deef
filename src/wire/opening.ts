import type { ClientRequest } from 'node:http'
import { TLSSocket } from 'node:tls'

/** Under which the options of a request tell its agent for which attempt they are. */
export const OPENING = Symbol('esconn.opening')

/** What goes on for one attempt before its connection stands; it ends when the attempt does. */
export class Opening {
  /** What has not come yet: how a message begins that says it is late. */
  awaited = 'no answer'
  readonly signal: AbortSignal
  readonly #end = new AbortController()

  constructor(until?: AbortSignal) {
    this.signal = until ? AbortSignal.any([this.#end.signal, until]) : this.#end.signal
  }

  end(reason: Error): void {
    this.#end.abort(reason)
  }
}

export const openingOf = (options: object): Opening | undefined =>
  (options as { [OPENING]?: Opening })[OPENING]

/** Tells whether a request's connection stands, TLS included, so that the request may be on its way. */
export function connectionOf(request: ClientRequest): () => boolean {
  let stands = false
  request.on('socket', socket => {
    const { secureConnecting = false } = socket as { secureConnecting?: boolean } // Node's own, of a TLSSocket
    stands = request.reusedSocket || !(socket.connecting || secureConnecting)
    if (stands) return
    socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
      stands = true
    })
  })
  return () => stands
}
