/**
 * Segments of what RFC 3986 allows in one, but for the `;` at which some servers cut. An empty segment, also at the
 * end, is passed over by some and not by others.
 */
const SEGMENTS = /^(?:\/|(?:\/(?:[\w.~!$&'()*+,=:@-]|%[\dA-F]{2})+)+)$/i

/** What nobody has to encode, so that it hides something; and controls, `/`, `%` and `\`, which mean more once decoded. */
const HIDDEN = /%(?:[01]|7F|2[5F]|5C|2[DE]|3\d|4[1-9A-F]|5[\dAF]|6[1-9A-F]|7[\dAE])/i

const DATE_MATH = /(?<=[/,:-]|%2C|%3A)%3C(?:(?!%3[CE])[^/])*%3E(?=[/,]|%2C|$)/gi

/** As in `<logs-{now/d}>`: the only slash that a name can have. */
const ROUNDING = /%2[Ff](?=[yMwdhHms](?:[+-]|%(?:7[BbDd]|2[BbFf])))/g

/** The id of a document that is read, which is any text: a URL, for example. */
const ID = /(?<=^\/[^/]+\/_(?:doc|source)\/)[^/]+$/

/** A slash or percent sign of an id, where decoding once more leads nowhere else. */
const ID_SIGN = /%2F(?!_|%2E|\.{1,2}(?:%2F|$))|%25(?![\dA-F]{2})/gi

/** Whether a path says the same to everybody who reads it, however often it is decoded on the way. */
export function isPlain(path: string): boolean {
  const names = path
    .replace(DATE_MATH, math => math.replace(ROUNDING, ''))
    .replace(ID, id => id.replace(ID_SIGN, ''))
  if (!SEGMENTS.test(path) || HIDDEN.test(names) || /\/\.{1,2}(?:\/|$)/.test(path)) return false
  try {
    return !/[\u0080-\u009f]/.test(decodeURIComponent(path))
  } catch {
    return false
  }
}
