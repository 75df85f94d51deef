/** What a terminal obeys or what turns text around: C0, DEL, C1, and the bidirectional controls. */
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** Text in which nothing can command a terminal: control characters become `\u001b` and the like. */
export const visible = (text: string): string =>
  text.replace(INVISIBLE, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
