// Builds dist/: the library's modules with their types, and the command line as one file.
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { build } from 'esbuild'

rmSync('dist', { recursive: true, force: true })
execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' })
await build({
  entryPoints: ['src/cli/main.ts'],
  outfile: 'dist/cli.js',
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  minify: true,
  keepNames: true,
  legalComments: 'linked',
  logLevel: 'warning',
  external: ['@napi-rs/keyring'], // optional, and native
  // What the client and cosmiconfig would load for ways of theirs that esconn does not go: another HTTP
  // client, another proxy agent, and loaders that run code.
  alias: Object.fromEntries(
    ['undici', 'hpagent', 'typescript', 'import-fresh', 'js-yaml', 'parse-json'].map(name => [
      name,
      './scripts/absent.cjs',
    ]),
  ),
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
})
