const MILLISECONDS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** The longest that a timer can wait: about 24 days. */
export const MAX_TIMER = 2 ** 31 - 1

/** `30s`, `1.5m`, `200ms` in milliseconds, more than 0 and at most 24 days; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? []
  const value = Number(number) * (MILLISECONDS[unit] ?? 0)
  return value > 0 && value <= MAX_TIMER ? value : undefined
}

/** `250ms`, `1.5s`, `2m`, `1h`: a duration in milliseconds as a person writes it. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${milliseconds}ms`
  const unit = ['d', 'h', 'm'].find(one => milliseconds % (MILLISECONDS[one] as number) === 0) ?? 's'
  return `${milliseconds / (MILLISECONDS[unit] as number)}${unit}`
}

/** `1.5s`, `45s`, `2m5s`, `1h12m`: a number of seconds as exactly as a person wants to know it. */
export function formatElapsed(seconds: number): string {
  const step = seconds < 10 ? 100 : 1000
  const rounded = Math.round((seconds * 1000) / step) * step
  if (rounded < 60_000) return formatDuration(rounded)
  const [unit, part] = rounded < 3_600_000 ? 'ms' : rounded < 86_400_000 ? 'hm' : 'dh'
  const [size, partSize] = [unit, part].map(name => MILLISECONDS[name as string] as number) as [
    number,
    number,
  ]
  const rest = Math.floor((rounded % size) / partSize)
  return `${Math.floor(rounded / size)}${unit}${rest === 0 ? '' : `${rest}${part}`}`
}

const BYTES: Record<string, number> = {
  '': 1,
  b: 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
}

/** `100MB`, `2GiB` or a plain number: in bytes, more than 0; undefined for anything else. */
export function parseSize(text: string): number | undefined {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text) ?? []
  const value = Math.floor(Number(number) * (BYTES[unit.toLowerCase()] ?? 0))
  return value > 0 ? value : undefined
}

const SIZE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** `12B`, `3.4GiB`: a number of bytes as a person reads it. */
export function formatSize(bytes: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), SIZE_UNITS.length - 1)
  const value = bytes / 2 ** (10 * power)
  return `${power === 0 ? value : value.toFixed(value < 10 ? 1 : 0)}${SIZE_UNITS[power]}`
}
