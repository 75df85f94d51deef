// Builds dist/: the library's modules with their types, the command line in cli/, and the AWS SDK, which both share.
import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'
import { buildAssembly } from './build/assembly.js'
import { buildCommandLine } from './build/command-line.js'
import { noticesOf } from './notices.js'

const OPTIONS = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  minifySyntax: true,
  minifyWhitespace: true, // names stay, for the line of an internal error
  legalComments: 'none', // THIRD-PARTY-NOTICES has them
  metafile: true,
  logLevel: 'warning',
}

await buildAssembly()
rmSync('dist', { recursive: true, force: true })
execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' })
const cli = await buildCommandLine(OPTIONS, 'dist/cli')

// The library and the command line start the same worker, so that nobody has to install the SDK's packages.
const aws = await build({
  ...OPTIONS,
  entryPoints: ['src/config/secrets/aws-worker.js'],
  outfile: 'dist/aws-worker.js',
  mainFields: ['module', 'main'], // as ESM the SDK leaves out what is not used: a third of its size
  conditions: ['module'],
})
writeFileSync('dist/config/secrets/aws-worker.js', "import '../../aws-worker.js'\n")
writeFileSync('dist/cli/aws-worker.js', "import '../aws-worker.js'\n")

writeFileSync('dist/THIRD-PARTY-NOTICES', noticesOf([cli, aws.metafile]))
