/** A word as a shell takes it. */
export function quoted(word: string): string {
  if (COMMANDING.test(word)) return `$'${word.replace(/['\\]/g, '\\$&').replace(COMMANDS, escaped)}'`
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** What could command the terminal on which the word is shown; lines and tabs are only themselves. */
const COMMANDING = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/
const COMMANDS = new RegExp(COMMANDING, 'g')

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
