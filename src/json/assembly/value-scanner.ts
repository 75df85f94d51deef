// JsonValueScanner.skip() of ../scan.ts in AssemblyScript (https://www.assemblyscript.org), 64 bytes at a time: each bit
// of a mask stands for a byte of the block, as in https://arxiv.org/abs/1902.08318. Blocks with something that is rare
// (a comment, a control character in a string, a backslash outside of strings) are read byte by byte.

const QUOTE: u8 = 0x22
const ASTERISK: u8 = 0x2a
const COMMA: u8 = 0x2c
const SLASH: u8 = 0x2f
const BACKSLASH: u8 = 0x5c
const OPEN_BRACE: u8 = 0x7b
const CLOSE_BRACE: u8 = 0x7d
const SPACE: u8 = 0x20
const TAB: u8 = 0x09
const LINE_FEED: u8 = 0x0a
const CARRIAGE_RETURN: u8 = 0x0d

// Where the scan is: the indices of MODES in ../simd.ts.
const STRUCTURE: i32 = 0
const STRING: i32 = 1
const ESCAPED: i32 = 2
const COMMENT_BEGUN: i32 = 3
const LINE_COMMENT: i32 = 4
const BLOCK_COMMENT: i32 = 5
const ASTERISK_IN_COMMENT: i32 = 6

// What is wrong: the indices of ERRORS in ../simd.ts.
const CONTROL_CHARACTER: i32 = 0
const LONE_SLASH: i32 = 1
const TOO_DEEP: i32 = 2
const NOT_MATCHING: i32 = 3
const NOTHING: i32 = -1

const BLOCK: i32 = 64
const MAX_DEPTH: i32 = 100_000
const MAX_FOUND: i32 = 4_096

/** How many bytes one call can scan. */
export const CAPACITY: i32 = 65_536

/** Where the bytes to scan are. */
export const INPUT: usize = memory.data(65_536, 16)
/** Where the closing bytes of what is open are, the outermost first. */
export const CLOSERS: usize = memory.data(100_000)
/**
 * Where the elements are that were found: the end of one and the start of the next, and where an object begins and ends
 * that is a member of the one that ended (at its end, where there is none); 32 bits each.
 */
export const FOUND: usize = memory.data(65_536, 4)

export let mode: i32 = STRUCTURE
export let depth: i32 = 0
export let found: i32 = 0
export let error: i32 = NOTHING

// The first object that is known to be a member of the current element.
let memberStart: i32 = NOTHING
let memberEnd: i32 = NOTHING

/**
 * Skips the object or array that is open, and in an array the objects that follow it.
 *
 * @returns the index after the last byte that was skipped: the end of the value if `depth` is 0 then
 */
export function scan(length: i32, isInArray: bool): i32 {
  found = 0
  error = NOTHING
  memberStart = NOTHING
  memberEnd = NOTHING
  let at: i32 = 0
  do {
    at = scanValue(at, length)
    if (error != NOTHING || depth > 0) return at
    const next = isInArray && found < MAX_FOUND ? startOfNext(at, length) : length
    if (next == length) return at
    addFound(at, next)
    push(CLOSE_BRACE)
    at = next + 1
  } while (at < length)
  return at
}

function addFound(end: i32, next: i32): void {
  const at = FOUND + (found << 4)
  const hasMember = memberEnd != NOTHING
  store<i32>(at, end)
  store<i32>(at, next, 4)
  store<i32>(at, hasMember ? memberStart : end, 8)
  store<i32>(at, hasMember ? memberEnd : end, 12)
  memberStart = NOTHING
  memberEnd = NOTHING
  found++
}

/** Up to `length`, the end of the value, or an error; returns the index there. */
function scanValue(from: i32, length: i32): i32 {
  let at = from
  while (at < length && depth > 0 && error == NOTHING) {
    const isBlock = mode <= STRING && at + BLOCK <= length
    at = isBlock ? scanBlock(at) : scanBytes(at, min(at + BLOCK, length))
  }
  return at
}

/** Where the object begins that follows a comma; `length` where there is anything else. */
function startOfNext(from: i32, length: i32): i32 {
  const comma = skipSpaces(from, length)
  if (comma == length || byteAt(comma) != COMMA) return length
  const next = skipSpaces(comma + 1, length)
  return next < length && byteAt(next) == OPEN_BRACE ? next : length
}

function skipSpaces(from: i32, length: i32): i32 {
  let at = from
  while (at < length && isSpace(byteAt(at))) at++
  return at
}

/** Up to the end of the block, of the value, or an error; returns the index there. */
function scanBlock(at: i32): i32 {
  const a = v128.load(INPUT + at)
  const b = v128.load(INPUT + at, 16)
  const c = v128.load(INPUT + at, 32)
  const d = v128.load(INPUT + at, 48)
  let quotes = bits(equal(a, QUOTE), equal(b, QUOTE), equal(c, QUOTE), equal(d, QUOTE))
  const rare = bits(isRare(a), isRare(b), isRare(c), isRare(d))
  let backslashes: u64 = 0
  let endsEscaping = false
  if (rare != 0) {
    backslashes = bits(equal(a, BACKSLASH), equal(b, BACKSLASH), equal(c, BACKSLASH), equal(d, BACKSLASH))
    const escaping = escapingIn(backslashes)
    quotes &= ~(escaping << 1)
    endsEscaping = escaping >> 63 != 0
  }
  const strings = insideQuotes(quotes) ^ (mode == STRING ? ~(<u64>0) : 0)
  if (rare != 0) {
    const controls = bits(isControl(a), isControl(b), isControl(c), isControl(d))
    const comments = rare & ~controls & ~strings // slashes, and backslashes that escape nothing
    if (((controls & strings) | comments) != 0) return scanBytes(at, at + BLOCK)
  }
  let brackets = bits(isBracket(a), isBracket(b), isBracket(c), isBracket(d)) & ~strings
  mode = STRUCTURE
  while (brackets != 0) {
    const end = at + <i32>ctz(brackets) + 1
    if (!takeBracket(end - 1)) return end
    brackets &= brackets - 1
  }
  mode = endsEscaping ? ESCAPED : strings >> 63 != 0 ? STRING : STRUCTURE
  return at + BLOCK
}

/** The backslashes that escape the byte after them. */
function escapingIn(backslashes: u64): u64 {
  let escaping: u64 = 0
  let left = backslashes
  while (left != 0) {
    const first = left & -left
    escaping |= first
    left &= ~(first | (first << 1))
  }
  return escaping
}

/** The bytes from each opening quote up to the byte before its closing quote: each bit is the parity of those up to it. */
function insideQuotes(quotes: u64): u64 {
  let parity = quotes
  parity ^= parity << 1
  parity ^= parity << 2
  parity ^= parity << 4
  parity ^= parity << 8
  parity ^= parity << 16
  parity ^= parity << 32
  return parity
}

/** Up to `end`, the end of the value, or an error; returns the index there. */
function scanBytes(from: i32, end: i32): i32 {
  for (let at = from; at < end; at++) if (!takeByte(at)) return at + 1
  return end
}

/** Returns whether the value goes on. */
function takeByte(at: i32): bool {
  const byte = byteAt(at)
  if (mode > ESCAPED) return takeInComment(byte)
  if (mode != STRUCTURE) return takeInString(byte)
  if (isBracketByte(byte)) return takeBracket(at)
  if (byte == QUOTE) mode = STRING
  else if (byte == SLASH) mode = COMMENT_BEGUN
  return true
}

function takeInString(byte: u8): bool {
  if (byte < SPACE) return fail(CONTROL_CHARACTER)
  if (mode == ESCAPED) mode = STRING
  else if (byte == QUOTE) mode = STRUCTURE
  else if (byte == BACKSLASH) mode = ESCAPED
  return true
}

function takeInComment(byte: u8): bool {
  if (mode == COMMENT_BEGUN && byte != SLASH && byte != ASTERISK) return fail(LONE_SLASH)
  mode = afterInComment(byte)
  return true
}

function afterInComment(byte: u8): i32 {
  if (mode == COMMENT_BEGUN) return byte == SLASH ? LINE_COMMENT : BLOCK_COMMENT
  if (mode == LINE_COMMENT) return byte == LINE_FEED || byte == CARRIAGE_RETURN ? STRUCTURE : LINE_COMMENT
  if (mode == ASTERISK_IN_COMMENT && byte == SLASH) return STRUCTURE
  return byte == ASTERISK ? ASTERISK_IN_COMMENT : BLOCK_COMMENT
}

/** Returns whether the value goes on. */
function takeBracket(at: i32): bool {
  const byte = byteAt(at)
  if (depth == 1 && byte == OPEN_BRACE && memberStart == NOTHING) memberStart = at
  if ((byte & 6) == 2) return push(byte + 2) // `[` or `{`
  depth--
  if (depth == 1 && memberStart != NOTHING && memberEnd == NOTHING) memberEnd = at + 1
  return load<u8>(CLOSERS + depth) == byte ? depth > 0 : fail(NOT_MATCHING)
}

function push(closer: u8): bool {
  if (depth >= MAX_DEPTH) return fail(TOO_DEEP)
  store<u8>(CLOSERS + depth, closer)
  depth++
  return true
}

function fail(what: i32): bool {
  error = what
  return false
}

function byteAt(index: i32): u8 {
  return load<u8>(INPUT + index)
}

function isSpace(byte: u8): bool {
  return byte == SPACE || byte == LINE_FEED || byte == CARRIAGE_RETURN || byte == TAB
}

/** `[` 5b, `]` 5d, `{` 7b, `}` 7d */
function isBracketByte(byte: u8): bool {
  return (byte | 0x20) == OPEN_BRACE || (byte | 0x20) == CLOSE_BRACE
}

function bits(a: v128, b: v128, c: v128, d: v128): u64 {
  const low = <u64>i8x16.bitmask(a) | ((<u64>i8x16.bitmask(b)) << 16)
  const high = <u64>i8x16.bitmask(c) | ((<u64>i8x16.bitmask(d)) << 16)
  return low | (high << 32)
}

function equal(bytes: v128, byte: u8): v128 {
  return i8x16.eq(bytes, i8x16.splat(byte))
}

function isControl(bytes: v128): v128 {
  return i8x16.lt_u(bytes, i8x16.splat(SPACE))
}

function isRare(bytes: v128): v128 {
  return v128.or(isControl(bytes), v128.or(equal(bytes, BACKSLASH), equal(bytes, SLASH)))
}

function isBracket(bytes: v128): v128 {
  const braces = v128.or(bytes, i8x16.splat(0x20))
  return v128.or(equal(braces, OPEN_BRACE), equal(braces, CLOSE_BRACE))
}
