import type { EsconnError, Hint } from '../errors.ts'

type Kind = Hint['kind']

/** What the user of the command line can do, in flags and commands. */
const ADVICE: { [K in Kind]: (hint: Extract<Hint, { kind: K }>) => string } = {
  'list-mistakes': () => 'esconn config check lists all of them',
  'trust-file': () => 'if you know who wrote it: esconn config trust; or put the alias into your own file',
  'name-file': () => 'if it is the file you mean, name it with --config',
  'write-config': () => 'esconn config init writes one',
  'store-secret': ({ alias }) => `to store it: esconn config login ${alias}`,
  'name-alias': () => 'name an alias with --alias, or define `default`',
  'wait-longer': () =>
    'is the node overloaded, or a firewall in between? --timeout, or `timeout` of the alias, allows more time',
  'allow-larger': () => 'allow more with --max-size, or request fewer or smaller hits (--size)',
}

/** The second line of a message: what to do about an error, if anything can be done. */
export function adviceFor({
  hint,
  advice,
}: Partial<Pick<EsconnError, 'hint' | 'advice'>>): string | undefined {
  return hint === undefined ? advice : (ADVICE[hint.kind] as (hint: Hint) => string)(hint)
}
