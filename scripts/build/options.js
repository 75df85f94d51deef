/** What all bundles have in common, as options of esbuild. */
export const OPTIONS = {
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
