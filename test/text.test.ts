import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import test from 'ava'
import fc from 'fast-check'
import { escapeInvisible, shellQuote } from '../src/text.ts'

const SHELLS = ['/bin/sh', '/bin/dash', '/bin/bash', '/bin/zsh', '/bin/ksh', '/bin/busybox'].filter(
  existsSync,
)

/** What a shell makes of quoted words. */
function read(shell: string, words: readonly string[]): string[] {
  const script = `printf '%s\\0' ${words.map(shellQuote).join(' ')}`
  const argv = shell.endsWith('busybox') ? ['sh', '-c', script] : ['-c', script]
  return execFileSync(shell, argv, { encoding: 'utf8' }).split('\0').slice(0, -1)
}

for (const shell of SHELLS)
  test(`${shell} reads a quoted word as it is`, t => {
    const character = fc.constantFrom(...'a \'"\\$`!*?~#&;|<>()[]{}\n\t\r\u001b\u007f\u009b\u202eé😀%')
    const word = fc.string({ unit: character, minLength: 1 })
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 50 }), words => {
        t.deepEqual(read(shell, words), words)
      }),
      { numRuns: 20 },
    )
    t.deepEqual(read(shell, ["it's", '\n', '']), ["it's", '\n', ''])
  })

test('no control character is shown to a terminal', t => {
  t.is(shellQuote('a\u001b[31m'), `'a'"$(printf '\\033')"'[31m'`)
  t.is(shellQuote('a\u202eb\nc\td'), `'a'"$(printf '\\342\\200\\256')"'b\nc\td'`)
})

test('what cannot be seen is escaped, and everything else stays', t => {
  const hidden = '\t\u001b\u00a0\u00ad\u200b\u202e\u2060\u2800\u3000\u3164\ufeff\u{e0041}'
  const escaped =
    '\\u0009\\u001b\\u00a0\\u00ad\\u200b\\u202e\\u2060\\u2800\\u3000\\u3164\\ufeff\\udb40\\udc41'
  t.is(escapeInvisible(hidden), escaped)
  t.is(escapeInvisible('a b é ё 漢 😀 \\'), 'a b é ё 漢 😀 \\')
})
