// Installs the dependencies if they are missing or older than the lockfile, and compiles the WebAssembly module that
// src/ imports if it is missing or older than its source; otherwise prints nothing.
import { execFileSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'

const installed = 'node_modules/.package-lock.json'
const age = file => statSync(file).mtimeMs
if (!existsSync(installed) || age(installed) < age('package-lock.json')) {
  const started = performance.now()
  console.log('dependencies: being installed')
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { stdio: 'inherit' })
  console.log(`dependencies: installed in ${((performance.now() - started) / 1000).toFixed(1)} s`)
}

const { buildAssembly } = await import('./build/assembly.js')
await buildAssembly()
