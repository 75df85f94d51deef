const MILLISECONDS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** What a timer can count: some 24 days. */
const LONGEST = 2 ** 31 - 1

/** `30s`, `1.5m`, `200ms` in milliseconds, more than none and at most 24 days; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? []
  const value = Number(number) * (MILLISECONDS[unit] ?? 0)
  return value > 0 && value <= LONGEST ? value : undefined
}

/** What to write instead of a text that is no duration; `flag` stands before it. */
export function durationAdvice(text: string, flag = ''): string {
  return Number(text) > 0 ? `say the unit: ${flag}${text}s` : 'for example: 30s, 500ms, 2m; at most 24d'
}

/** `30s`, `1.5s`, `250ms`: a duration in milliseconds as a person writes it. */
export const duration = (milliseconds: number): string =>
  milliseconds < 1000 ? `${milliseconds}ms` : `${milliseconds / 1000}s`
