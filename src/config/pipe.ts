import { constants } from 'node:fs'
import { opened, readable, upToLimit } from './disk.ts'
import { onOneLine } from './mistakes.ts'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/**
 * What comes out of a pipe that the user named, however long that takes.
 *
 * @throws {ConfigError} where it cannot be read
 */
export function contentOfPipe(path: string): Buffer {
  const name = onOneLine(path)
  return undisturbed(() =>
    readable(name, () => opened(path, constants.O_RDONLY, file => upToLimit(file, name))),
  )
}

/** While we wait here nobody could hear a signal: so that one ends the process, as it would without any listener. */
function undisturbed<Result>(wait: () => Result): Result {
  const heard = SIGNALS.flatMap(signal =>
    process.rawListeners(signal).map(listener => ({ signal, listener })),
  )
  for (const { signal, listener } of heard) process.off(signal, listener as NodeJS.SignalsListener)
  try {
    return wait()
  } finally {
    for (const { signal, listener } of heard) process.on(signal, listener as NodeJS.SignalsListener)
  }
}
