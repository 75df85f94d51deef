import type { Group, ListedCommand } from './command.ts'

/** Every command there is, in the order of the help: adding one is one file and one entry. */
export const COMMANDS: readonly (ListedCommand | Group)[] = [
  {
    name: 'search',
    takes: '<name>',
    summary: 'Print the hits of a search, byte for byte as the cluster sent them',
    load: async () => (await import('./commands/search.ts')).search,
  },
  {
    name: 'get',
    takes: '<name> <id...>',
    summary: 'Print documents by their ids, byte for byte and in the order of the ids',
    load: async () => (await import('./commands/get.ts')).get,
  },
  {
    name: 'export',
    takes: '<name>',
    summary: 'Print every document of an index, or write them to a file: whole, also while others write',
    load: async () => (await import('./commands/export.ts')).exportCommand,
  },
  {
    name: 'tail',
    takes: '<name>',
    summary: 'Print the newest documents, and every one that is written or changed from then on',
    load: async () => (await import('./commands/tail.ts')).tail,
  },
  {
    name: 'import',
    takes: '<name> [file]',
    summary: 'Write the documents of a file to an index: hits as exported, or documents alone',
    load: async () => (await import('./commands/import.ts')).importCommand,
  },
  {
    name: 'copy',
    takes: '<from> <to>',
    summary: 'Copy the documents of an index to another cluster, or to another index, byte for byte',
    load: async () => (await import('./commands/copy.ts')).copy,
  },
  {
    name: 'diff',
    takes: '<from> <to>',
    summary: 'Compare two indices, also of two clusters: documents that only one has, or that differ',
    load: async () => (await import('./commands/diff.ts')).diff,
  },
  {
    name: 'count',
    takes: '<name>',
    summary: 'Print how many documents match',
    load: async () => (await import('./commands/count.ts')).count,
  },
  {
    name: 'indices',
    takes: '[pattern]',
    summary: 'List indices: health, status, documents, size, aliases and data stream',
    load: async () => (await import('./commands/indices.ts')).indices,
  },
  {
    name: 'mapping',
    takes: '<name>',
    summary: 'Print the mapping of indices, byte for byte as the cluster sent it',
    load: async () => (await import('./commands/mapping.ts')).mapping,
  },
  {
    name: 'fields',
    takes: '<name> [pattern]',
    summary: 'List fields of indices: type, searchable, aggregatable, and where indices disagree',
    load: async () => (await import('./commands/fields.ts')).fields,
  },
  {
    name: 'request',
    takes: '<method> [path]',
    summary: 'Send any request and print the body of the response, byte for byte',
    load: async () => (await import('./commands/request.ts')).request,
  },
  {
    name: 'ping',
    summary: 'Check that the cluster is reachable and accepts our credentials',
    load: async () => (await import('./commands/ping.ts')).ping,
  },
  {
    name: 'info',
    summary: 'Show name, health, version, nodes, documents and size of a cluster',
    load: async () => (await import('./commands/info.ts')).info,
  },
  {
    name: 'aliases',
    summary: 'List the configured aliases: name, nodes, and the file and line of each',
    load: async () => (await import('./commands/aliases.ts')).aliases,
  },
  {
    name: 'config',
    summary: "Show, check and write the configuration; trust a project's file",
    commands: [
      {
        name: 'path',
        summary: 'List the configuration files in effect, in the order in which an alias is looked up',
        load: async () => (await import('./commands/config/path.ts')).path,
      },
      {
        name: 'show',
        takes: '[alias...]',
        summary:
          'Print aliases as resolved here: variables filled in, secrets redacted, with the file and line of each',
        load: async () => (await import('./commands/config/show.ts')).show,
      },
      {
        name: 'check',
        summary:
          'List every error in the configuration files, and in the files and variables that aliases use',
        load: async () => (await import('./commands/config/check.ts')).check,
      },
      {
        name: 'schema',
        summary: 'Print the JSON Schema of the configuration, with which editors complete and check it',
        load: async () => (await import('./commands/config/schema.ts')).schema,
      },
      {
        name: 'init',
        summary:
          'Add an alias to your configuration: prompt for what is missing, test the connection, write the file',
        load: async () => (await import('./commands/config/init/command.ts')).init,
      },
      {
        name: 'login',
        takes: '<alias>',
        summary:
          'Store the secret of an alias in the system keyring: typed hidden, or read from standard input',
        load: async () => (await import('./commands/config/login.ts')).login,
      },
      {
        name: 'trust',
        takes: '[file]',
        summary: "Allow a project's file to use variables, files, secrets and your aliases, until it changes",
        load: async () => (await import('./commands/config/trust.ts')).trust,
      },
      {
        name: 'untrust',
        takes: '[file]',
        summary: "Revoke the trust in a project's file",
        load: async () => (await import('./commands/config/trust.ts')).untrust,
      },
    ],
  },
  {
    name: 'doctor',
    takes: '[alias...]',
    summary: 'Check everything an alias needs, step by step, and say what to fix',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
]
