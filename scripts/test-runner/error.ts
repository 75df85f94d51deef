import type { TestError } from './events.ts'

/** An error in full: what it says, the values or their difference, and where it was. */
export function describeError(error: TestError): string {
  if (error.type === 'unknown') return `thrown, though it is not an error: ${error.formattedError}`
  const { message = '', formattedDetails = [], formattedCause, stack = '', errors = [] } = error
  const details = formattedDetails.map(({ label, formatted }) => `${label}\n${formatted}`)
  const places = placesIn(stack)
  // The stack of an error that was thrown begins with its name and message; that of an assertion has neither.
  const text = error.type === 'ava' ? message : [error.name, message].filter(Boolean).join(': ')
  return [text, ...details, formattedCause, ...errors.map(describeError), places].filter(Boolean).join('\n\n')
}

/** The lines of a stack that are of this project, with paths as they are seen from its folder. */
function placesIn(stack: string): string {
  const lines = stack.split('\n').filter(line => /^\s*at |^\w*:?\/\//.test(line))
  const own = lines.filter(line => !/node:internal|node_modules\/ava\//.test(line))
  return own.map(line => line.trim().replace(`file://${process.cwd()}/`, '')).join('\n')
}
