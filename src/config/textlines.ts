/** How many characters of its line stand before an offset. */
export const columnOf = (text: string, offset: number): number =>
  offset - (text.lastIndexOf('\n', offset - 1) + 1)

/** What a line begins with before the key at `offset`; undefined where that is not only white space. */
export function indentOf(text: string, offset: number): string | undefined {
  const line = text.slice(offset - columnOf(text, offset), offset)
  return /^\s*$/.test(line) ? line : undefined
}

/** Behind the line at `offset`, and behind comments that belong to the block: those that are indented as it is. */
export function endOfBlock(text: string, offset: number, column: number): number {
  let end = text[offset - 1] === '\n' ? offset : lineEnd(text, offset)
  for (let at = end; at < text.length; ) {
    const next = lineEnd(text, at)
    const [, indent = '', sign] = /^([ \t]*)(\S?)/.exec(text.slice(at, next)) ?? []
    if (sign && (sign !== '#' || indent.length < column)) break
    if (sign) end = next
    at = next
  }
  return end
}

function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end < 0 ? text.length : end + 1
}
