// Builds dist/: the library's modules with their types, the command line in cli/, and the AWS SDK, which both share.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildAssembly } from './build/assembly.js'
import { buildAwsWorker } from './build/aws-worker.js'
import { buildCommandLine } from './build/command-line.js'
import { noticesOf } from './notices.js'

await buildAssembly()
mkdirSync('dist', { recursive: true })
for (const name of readdirSync('dist')) // the executable has a build of its own
  if (name !== 'standalone') rmSync(join('dist', name), { recursive: true })
execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' })
const cli = await buildCommandLine('dist/cli')
writeFileSync('dist/cli/package.json', '{ "type": "commonjs" }\n')

// The library and the command line start the same worker.
const aws = await buildAwsWorker('dist/aws-worker.js', 'esm')
writeFileSync('dist/config/secrets/aws-worker.js', "import '../../aws-worker.js'\n")
writeFileSync('dist/cli/aws-worker.js', "import('../aws-worker.js')\n")

writeFileSync('dist/THIRD-PARTY-NOTICES', noticesOf([cli, aws]))
