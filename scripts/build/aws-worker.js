import { build } from 'esbuild'
import { OPTIONS } from './options.js'

/**
 * Bundles the worker with the AWS SDK, so that nobody has to install the SDK's packages.
 *
 * @param format of the file's modules: `esm` or `cjs`
 * @returns what esbuild says of the file (https://esbuild.github.io/api/#metafile)
 */
export async function buildAwsWorker(file, format) {
  const { metafile } = await build({
    ...OPTIONS,
    format,
    entryPoints: ['src/config/secrets/aws-worker.js'],
    outfile: file,
    mainFields: ['module', 'main'], // as ESM the SDK leaves out what is not used: a third of its size
    conditions: ['module'],
  })
  return metafile
}
