import type { ClientRequest } from 'node:http'
import { anySignal } from '../../abort.ts'

/** One attempt to connect to a node; aborting it ends every step that is under way. */
export class ConnectAttempt {
  /** What has not arrived yet: the start of the message of a timeout. */
  waitingFor = 'no answer'
  readonly #outside: AbortSignal | undefined
  #controller: AbortController | undefined
  #signal: AbortSignal | undefined

  /** @param outside aborts the attempt too */
  constructor(outside?: AbortSignal) {
    this.#outside = outside
  }

  /** Made when it is first needed, since most requests are sent over a connection that is there. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    this.#signal ??= anySignal(this.#controller.signal, this.#outside)
    return this.#signal
  }

  abort(reason: Error): void {
    this.#controller ??= new AbortController()
    this.#controller.abort(reason)
  }
}

/** The key under which the options of a request carry its attempt to the agent. */
export const CONNECT_ATTEMPT = Symbol('esconn.connectAttempt')

export const connectAttemptOf = (options: object): ConnectAttempt | undefined =>
  (options as { [CONNECT_ATTEMPT]?: ConnectAttempt })[CONNECT_ATTEMPT]

/** Returns a function that says whether the request's connection is established, TLS included. */
export function trackConnection(request: ClientRequest): () => boolean {
  let established = false
  request.on('socket', socket => {
    const { secureConnecting = false } = socket as { secureConnecting?: boolean } // undocumented, of TLSSocket
    established = request.reusedSocket || !(socket.connecting || secureConnecting)
    if (established) return
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => {
      established = true
    })
  })
  return () => established
}
