import { escapeControls } from '../../text.ts'

/** Values as the columns of one line, control characters escaped and tabs between them. */
export const toColumns = (values: readonly string[]): string => `${values.map(escapeControls).join('\t')}\n`
