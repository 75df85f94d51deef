import stringWidth from 'string-width'

const ASCII = /^[ -~]*$/

/** Whether each character of a text takes one column of a terminal, as nearly always; this costs nothing to find out. */
export const isAscii = (text: string): boolean => ASCII.test(text)

/** How many columns of a terminal a text takes. */
export const textWidth = (text: string): number => (isAscii(text) ? text.length : stringWidth(text))

let segmenter: Intl.Segmenter | undefined

/** The characters of a text as a person sees them, each with where it begins. */
export function graphemesOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter() // which takes Node 8 ms
  return segmenter.segment(text)
}
