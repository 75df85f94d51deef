/**
 * Packages that the client and cosmiconfig load for features that esconn does not use: another HTTP client, another
 * proxy agent, and loaders that run code. The command line is built without them.
 */
const NAMES = ['undici', 'hpagent', 'typescript', 'import-fresh', 'js-yaml', 'parse-json']

/** The option `alias` of esbuild that leaves them out. */
export const LEFT_OUT = Object.fromEntries(NAMES.map(name => [name, './scripts/empty-module.cjs']))
