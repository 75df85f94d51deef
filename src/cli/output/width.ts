import stringWidth from 'string-width'

/** Printable ASCII, and of Latin, Greek, Cyrillic and their punctuation what neither combines nor may be an emoji. */
const NARROW =
  /^[ -~\u00a0-\u00a8\u00aa-\u00ac\u00af-\u02ff\u0391-\u03a1\u03a3-\u0482\u048a-\u052f\u1e00-\u1eff\u2010-\u2027\u2030-\u203b\u20a0-\u20bf]*$/

/** Whether each character of a text takes one column of a terminal, as nearly always; this costs little to find out. */
export const isNarrow = (text: string): boolean => NARROW.test(text)

/** How many columns of a terminal a text takes. */
export const textWidth = (text: string): number => (isNarrow(text) ? text.length : stringWidth(text))

let segmenter: Intl.Segmenter | undefined

/** The characters of a text as a person sees them, each with where it begins. */
export function graphemesOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter() // which takes Node 8 ms
  return segmenter.segment(text)
}
