import stringWidth from 'string-width'

/** Printable ASCII, and of Latin, Greek, Cyrillic and their punctuation what neither combines nor may be an emoji. */
const NARROW =
  ' -~\u00a0-\u00a8\u00aa-\u00ac\u00af-\u02ff\u0391-\u03a1\u03a3-\u0482\u048a-\u052f\u1e00-\u1eff\u2010-\u2027\u2030-\u203b\u20a0-\u20bf'
const ALL_NARROW = new RegExp(`^[${NARROW}]*$`)

/** Any others, with the characters next to them, with which they may combine. */
const OTHERS = new RegExp(`[${NARROW}]?(?:[^${NARROW}]+[${NARROW}]?)+`, 'g')

/** Whether each character of a text takes one column of a terminal, as nearly always; this costs little to find out. */
export const isNarrow = (text: string): boolean => ALL_NARROW.test(text)

/** How many columns of a terminal a text takes. */
export function textWidth(text: string): number {
  if (isNarrow(text)) return text.length
  return text.match(OTHERS)?.reduce((width, part) => width + widthOf(part) - part.length, text.length) ?? 0
}

const MAX_KNOWN = 10_000
const known = new Map<string, number>()

/** Remembers what is short, as names and emoji come again and again. */
function widthOf(part: string): number {
  const width = known.get(part) ?? stringWidth(part)
  if (part.length < 20 && known.size < MAX_KNOWN) known.set(part, width)
  return width
}

let segmenter: Intl.Segmenter | undefined

/** The characters of a text as a person sees them, each with where it begins. */
export function graphemesOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter() // which takes Node 8 ms
  return segmenter.segment(text)
}
