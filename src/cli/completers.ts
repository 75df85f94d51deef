import type { Completer } from './command.ts'

/** What the alias calls its indices. */
export const indexNames: Completer = async ({ session }) => [...(await session.connect()).names.keys()]
