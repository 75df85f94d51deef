export type Product = 'elasticsearch' | 'opensearch'

/** One released server that the tests can start. */
export interface Generation {
  kind: Product
  version: string
  /** Java versions it runs on. */
  java: { min: number; max?: number }
  /** The checksum of its archive: a registry's own may be missing, as it is for Elasticsearch 9.5.3, or change with the file. */
  sha256: string
}

// Java 24 removed the security manager, which Elasticsearch 7 and OpenSearch 2 require.
const managed = { min: 17, max: 23 }

/** Oldest first, each product separately. */
export const generations: readonly Generation[] = [
  {
    kind: 'elasticsearch',
    version: '7.17.29',
    java: managed,
    sha256: '841ee00be1a72ba8e707b5a2fb55f23fe7a4184369b4585393238b1c903eedaf',
  },
  {
    kind: 'elasticsearch',
    version: '8.19.21',
    java: { min: 17 },
    sha256: '215d5f3dbf0609a149f6218a9e47b6ae2df34ebbff3c5754e35f15a5e5393c8a',
  },
  {
    kind: 'elasticsearch',
    version: '9.5.3',
    java: { min: 21 },
    sha256: 'bec49f3b8d00e75c8d1cec85c35298635ec9fbd3ae80ef5aeb6bc05abdb3db2d',
  },
  {
    kind: 'opensearch',
    version: '2.19.6',
    java: managed,
    sha256: '71d6d8b1c637f3faecda0752b184b1cc526fc6eaad59ec1408c6327bb00b9293',
  },
  {
    kind: 'opensearch',
    version: '3.6.0',
    java: { min: 21 },
    sha256: 'a91faa1dc1cadc78cb278b4f63847e19e1627a4e9de698e14e7efc14ee37b286',
  },
]

const newest = generations.filter(
  ({ kind }, at) => generations.findLastIndex(other => other.kind === kind) === at,
)

/** The newest of each product, or all of them with ESCONN_TEST_MATRIX=1. */
export const chosenGenerations = (env: NodeJS.ProcessEnv = process.env): readonly Generation[] =>
  env.ESCONN_TEST_MATRIX === '1' ? generations : newest

/** The name of a server in messages and test titles. */
export const nameOf = ({ kind, version }: { kind: Product; version: string }): string => `${kind} ${version}`
