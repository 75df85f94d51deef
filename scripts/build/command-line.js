// Builds the command line: main.js, search.js with what every plain search needs, and a file for each thing that is
// rarely used and therefore imported by `await import()`.
import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { build, transform } from 'esbuild'
import { OPTIONS } from './options.js'
import { LATE_FILES, REPLACED_MODULES } from './replaced-modules.js'

/** What a plain search imports when it runs: all of it is one file, since each file takes Node a quarter of a millisecond. */
const SEARCH = [
  'src/cli/main.ts',
  'src/cli/commands/search.ts',
  'src/config/configuration.ts',
  'src/connections.ts',
].map(file => resolve(file))

/**
 * Makes the namespace of a module that is CommonJS, such as Node's own. That of esbuild copies all properties, which makes
 * those that a runtime makes when first used: the standard streams of `process`, for example.
 */
const NAMESPACE_OF =
  '(mod,isNodeMode)=>isNodeMode||!mod.__esModule?Object.create(mod,{default:{value:mod,enumerable:!0}}):mod'

/**
 * Node starts CommonJS faster than ES modules, and Bun keeps bytecode of nothing else, but esbuild divides only ES modules
 * into files: each is translated afterwards.
 *
 * @param alias modules that take the place of others (https://esbuild.github.io/api/#alias)
 * @returns what esbuild says of the files (https://esbuild.github.io/api/#metafile)
 */
export async function buildCommandLine(directory, alias = {}) {
  const { outputFiles, metafile } = await build({
    ...OPTIONS,
    alias,
    entryPoints: { main: 'src/cli/main.ts', ...LATE_FILES },
    outdir: directory,
    splitting: true,
    write: false,
    external: ['@napi-rs/keyring', '*.node'], // optional, and native
    plugins: [
      { name: 'replaced modules', setup: replaceModules },
      { name: 'files', setup: divideIntoFiles },
    ],
  })
  mkdirSync(directory, { recursive: true })
  const texts = await Promise.all(outputFiles.map(({ text }) => toCommonJs(text)))
  if (!texts.some(text => text.includes(NAMESPACE_OF)))
    throw new Error('esbuild writes __toESM in another way now: toCommonJs has to be adapted')
  for (const [index, { path }] of outputFiles.entries())
    writeFileSync(join(directory, basename(path)), texts[index])
  return metafile
}

async function toCommonJs(text) {
  const { target, minifySyntax, minifyWhitespace } = OPTIONS
  const { code } = await transform(withConstants(text.replaceAll('import.meta.url', 'moduleUrl')), {
    format: 'cjs',
    platform: 'node',
    target,
    minifySyntax,
    minifyWhitespace,
    supported: { 'dynamic-import': false }, // becomes require(), since every file is CommonJS
    banner: text.includes('import.meta.url')
      ? 'const moduleUrl = require("node:url").pathToFileURL(__filename)'
      : '',
  })
  return code.replace(/(?<=__toESM\d*=)\(mod,isNodeMode,target\)=>.*?,mod\)\)/g, NAMESPACE_OF)
}

/**
 * What a file imports from another becomes a constant: esbuild would make each use of it a call of two getters. Nothing in
 * src/ imports in a circle, or exports a variable that changes.
 */
const withConstants = text =>
  text.replace(
    /\bimport\s*(\{[^}]*\})\s*from\s*("\.\/[^"]+")/g,
    (_, names, path) => `const ${names.replace(/\s+as\s+/g, ':')}=require(${path})`,
  )

function replaceModules({ onResolve, onLoad }) {
  const names = Object.keys(REPLACED_MODULES)
  onResolve({ filter: /^/ }, ({ path, resolveDir, namespace }) => {
    if (namespace === 'replaced') return path.endsWith('.js') ? { path, external: true } : undefined
    const from = path.startsWith('.') ? join(resolveDir, path) : path
    const name = namespace === 'file' && names.find(name => from === name || from.endsWith(`/${name}`))
    return name ? { path: name, namespace: 'replaced' } : undefined
  })
  onLoad({ filter: /^/, namespace: 'replaced' }, ({ path }) => ({
    contents: REPLACED_MODULES[path],
    resolveDir: '.',
  }))
}

/**
 * What several files share, esbuild puts into a file for each combination of them. Here each one imports all that a
 * search needs, so that this stays in one piece.
 */
function divideIntoFiles({ onResolve, onLoad }) {
  onResolve({ filter: /\.ts$/ }, ({ path, kind, resolveDir }) => {
    if (kind !== 'dynamic-import') return undefined
    const file = join(resolveDir, path)
    return SEARCH.includes(file)
      ? { path: 'search', namespace: 'divided' }
      : { path: file, namespace: 'divided' }
  })
  onResolve({ filter: /^@elastic/ }, ({ path, kind }) =>
    kind === 'entry-point' ? { path, namespace: 'divided' } : undefined,
  )
  onResolve({ filter: /^search$/, namespace: 'divided' }, () => ({ path: 'search', namespace: 'divided' }))
  onLoad({ filter: /^/, namespace: 'divided' }, ({ path }) => ({
    contents:
      path === 'search'
        ? SEARCH.map(file => `export * from '${file}'`).join('\n')
        : `import 'search'; export * from '${path}'; ${path.startsWith('/') ? '' : `export { default } from '${path}'`}`,
    resolveDir: '.',
  }))
}
