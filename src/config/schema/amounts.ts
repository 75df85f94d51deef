import * as v from 'valibot'
import { parseDuration } from '../../duration.ts'
import { Numeral } from '../json.ts'
import { text } from './rules.ts'

/** A duration, `30s` for example. */
export function durationText(filled: boolean) {
  const duration = text(filled, durationMistake, input =>
    input instanceof Numeral || typeof input === 'number' ? UNIT : 'must be a duration, 30s for example',
  )
  return v.pipe(duration, v.metadata({ title: 'Duration', pattern: /^\d+(?:\.\d+)?(?:ms|s|m|h|d)$/ }))
}

const UNIT = 'needs a unit: 30s, 500ms or 2m for example'

function durationMistake(value: string): string | undefined {
  if (parseDuration(value) !== undefined) return undefined
  return /^[\d.]+$/.test(value) ? UNIT : 'is no duration; for example: 30s, 500ms, 2m; at most 24d'
}

/** A whole number from 0; of a file it comes as it stands there. */
export function wholeNumber(most: number) {
  const message = `must be a whole number from 0 to ${most}`
  return v.pipe(
    v.unknown(),
    v.transform(input => (input instanceof Numeral ? Number(input.text) : input)),
    v.number(message),
    v.check(value => Number.isInteger(value) && value >= 0 && value <= most, message),
    v.metadata({ type: 'integer', minimum: 0, maximum: most }),
  )
}
