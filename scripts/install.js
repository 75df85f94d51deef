// Installs the dependencies where they are missing or not those of the lockfile; says nothing otherwise.
import { execFileSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'

const installed = 'node_modules/.package-lock.json'
const age = file => statSync(file).mtimeMs
if (!existsSync(installed) || age(installed) < age('package-lock.json')) {
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { stdio: 'inherit' })
}
