// Builds dist/: the library's modules with their types, the command line as one file, and as pieces of their own what it
// rarely needs: the prompts and the AWS SDK.
import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'
import { noticesOf } from './notices.js'

const OPTIONS = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  minify: true,
  keepNames: true,
  legalComments: 'none', // THIRD-PARTY-NOTICES has them
  metafile: true,
  logLevel: 'warning',
}

rmSync('dist', { recursive: true, force: true })
execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' })
const cli = await build({
  ...OPTIONS,
  entryPoints: ['src/cli/main.ts'],
  outfile: 'dist/cli.js',
  external: ['@napi-rs/keyring'], // optional, and native
  plugins: [{ name: 'pieces', setup: loadPromptsApart }],
  // Packages that the client and cosmiconfig load for features that esconn does not use: another HTTP client,
  // another proxy agent, and loaders that run code.
  alias: Object.fromEntries(
    ['undici', 'hpagent', 'typescript', 'import-fresh', 'js-yaml', 'parse-json'].map(name => [
      name,
      './scripts/empty-module.cjs',
    ]),
  ),
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
})

function loadPromptsApart({ onResolve }) {
  onResolve({ filter: /^@clack\/prompts$/ }, () => ({ path: './prompts.js', external: true }))
}

const prompts = await build({
  ...OPTIONS,
  stdin: { contents: "export * from '@clack/prompts'", resolveDir: '.' },
  outfile: 'dist/prompts.js',
})

// The library and the command line start the same worker, so that nobody has to install the SDK's packages.
const aws = await build({
  ...OPTIONS,
  entryPoints: ['src/config/secrets/aws-worker.js'],
  outfile: 'dist/aws-worker.js',
  mainFields: ['module', 'main'], // as ESM the SDK leaves out what is not used: a third of its size
  conditions: ['module'],
})
writeFileSync('dist/config/secrets/aws-worker.js', "import '../../aws-worker.js'\n")

const bundles = [cli, prompts, aws].map(({ metafile }) => metafile)
writeFileSync('dist/THIRD-PARTY-NOTICES', noticesOf(bundles))
