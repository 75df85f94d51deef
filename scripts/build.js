// Builds dist/: the library's modules with their types, the command line in cli/, and the AWS SDK, which both share.
import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { buildAssembly } from './build/assembly.js'
import { buildAwsWorker } from './build/aws-worker.js'
import { buildCommandLine } from './build/command-line.js'
import { noticesOf } from './notices.js'

await buildAssembly()
rmSync('dist', { recursive: true, force: true })
execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' })
const cli = await buildCommandLine('dist/cli')
writeFileSync('dist/cli/package.json', '{ "type": "commonjs" }\n')

// The library and the command line start the same worker.
const aws = await buildAwsWorker('dist/aws-worker.js', 'esm')
writeFileSync('dist/config/secrets/aws-worker.js', "import '../../aws-worker.js'\n")
writeFileSync('dist/cli/aws-worker.js', "import('../aws-worker.js')\n")

writeFileSync('dist/THIRD-PARTY-NOTICES', noticesOf([cli, aws]))
