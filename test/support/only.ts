import { spawnSync } from 'node:child_process'
import type { TestFn } from 'ava'

/**
 * Declares tests that need something of the machine: where it is missing they are skipped, with the reason in
 * parentheses at the end of their titles, which the summary of `npm test` counts.
 */
export const onlyWhere = (test: TestFn, isThere: boolean, why: string): TestFn =>
  (isThere ? test : (title: string, ...rest: [never]) => test.skip(`${title} (${why})`, ...rest)) as TestFn

export const asRoot = (test: TestFn): TestFn =>
  onlyWhere(test, process.getuid?.() === 0, 'only root can make files of somebody else')

/** Declares tests that run a program which may not be installed. */
export const withProgram = (test: TestFn, name: string): TestFn =>
  onlyWhere(test, spawnSync(name, ['--version']).error === undefined, `${name} is not installed`)
