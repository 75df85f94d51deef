import { type NetConnectOpts, Socket } from 'node:net'

/**
 * How many bytes are read at once, and may wait for a slow reader. In the executable, which Bun runs, more would take
 * more memory and no less time.
 */
export const READ_AT_ONCE = 'bun' in process.versions ? 256 * 1024 : 1024 * 1024

/** Where the sockets of this thread read to, one after the other. */
let memory: Buffer | undefined

/**
 * A socket that reads into memory which all of them share, so that a large reply costs no memory of its own. Whoever
 * takes its data copies it at once, and holds the socket instead of pausing the reply, which would keep what it has not
 * given out.
 */
export class SharingSocket extends Socket {
  #isHeld = false

  /** @param options of net.connect() */
  static connect(options: NetConnectOpts): SharingSocket {
    memory ??= Buffer.allocUnsafeSlow(READ_AT_ONCE)
    const take = (size: number, bytes: Uint8Array) => {
      socket.emit('data', bytes.subarray(0, size))
      return true // goes on reading
    }
    const own: NetConnectOpts = { ...options, onread: { buffer: memory, callback: take } }
    const socket = new SharingSocket(own)
    return socket.connect(options)
  }

  /** Reads no more, until it is released. */
  hold(): void {
    this.#isHeld = true
    this.pause()
  }

  release(): void {
    this.#isHeld = false
    this.resume()
  }

  /** Node's HTTP client resumes its socket whenever the reply has room. */
  override resume(): this {
    return this.#isHeld ? this : super.resume()
  }
}
