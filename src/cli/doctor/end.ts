import { EsconnError, type Fault, WireError } from '../../errors.ts'
import { failure } from '../../wire/failure.ts'
import { endOf, shownUrl } from '../../wire/way.ts'
import { within } from './limit.ts'
import type { Visit } from './visit.ts'

/** The host and port to which a connection goes from here: the proxy's, where there is one, else the node's. */
export function endFor({ way: { node, proxy } }: Visit): { host: string; port: number; whose: string } {
  return { ...endOf(proxy ?? node), whose: proxy ? 'the proxy: ' : '' }
}

/**
 * Does something on the way to that end, as long as it may take.
 *
 * @throws {WireError} saying what it means that it failed
 */
export async function onTheWay<T>(
  visit: Visit,
  late: string,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { whose } = endFor(visit)
  try {
    return await within(visit.limits, whose + late, act)
  } catch (error) {
    if (error instanceof EsconnError) throw error
    const { proxy } = visit.way
    if (!proxy) throw visit.told(failure(error, visit.address, 'connect'))
    const { fault, message } = failure(error, `the proxy ${shownUrl(proxy)}`, 'connect')
    throw new WireError(fault, message, { cause: error, advice: ADVICE[fault] })
  }
}

const ADVICE: Partial<Record<Fault, string>> = {
  unresolved: 'check the host of the proxy in `proxy` of the alias, or in the variable that names it',
  unreachable: 'is the proxy running, and are its host and port right?',
}
