// Compiles src/json/assembly/value-scanner.ts to WebAssembly, as text in a module of its own, which every bundler and
// runtime can load: value-scanner.wasm.ts next to it, made again when the source is newer.
import { existsSync, statSync, writeFileSync } from 'node:fs'

const SOURCE = 'src/json/assembly/value-scanner.ts'
const COMPILED = 'src/json/assembly/value-scanner.wasm.ts'

const age = file => statSync(file).mtimeMs

export async function buildAssembly() {
  if (existsSync(COMPILED) && age(COMPILED) >= age(SOURCE)) return
  const { default: asc } = await import('assemblyscript/asc')
  const options = ['--enable', 'simd', '--runtime', 'stub', '-O3', '--converge', '--noAssert']
  let base64 = ''
  const writeFile = (_name, bytes) => {
    base64 = Buffer.from(bytes).toString('base64')
  }
  const { error } = await asc.main([SOURCE, '--outFile', 'value-scanner.wasm', ...options], {
    writeFile,
    stderr: process.stderr,
  })
  if (error) throw error
  writeFileSync(
    COMPILED,
    `/** The compiled value-scanner.ts, made by scripts/build/assembly.js. */\nexport const WASM = '${base64}'\n`,
  )
}
