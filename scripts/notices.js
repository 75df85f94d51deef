// The licences of what is bundled, as they must go along with it.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The name, version and licence of every package of some bundles.
 *
 * @param metafiles what esbuild says of each bundle (https://esbuild.github.io/api/#metafile)
 * @param more directories of further packages
 */
export function noticesOf(metafiles, more = []) {
  const inputs = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs)),
  )
  const packages = new Set(inputs.filter(path => path.includes('node_modules/')).map(packageOf))
  return [...packages, ...more]
    .sort()
    .map(noticeOf)
    .join(`\n${'-'.repeat(80)}\n\n`)
}

/** The directory of the package to which a file belongs. */
function packageOf(file) {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)[0]
}

function noticeOf(directory) {
  const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  const files = readdirSync(directory).filter(file => /^(?:licen[cs]e|notice)(?:$|[.-])/i.test(file))
  const texts = files.sort().map(file => readFileSync(join(directory, file), 'utf8').trim())
  return [`${name} ${version} (${license})`, ...texts, ''].join('\n\n')
}
