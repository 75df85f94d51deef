import { accessSync, constants, existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { account, openToAll } from './account.ts'
import { type Generation, nameOf } from './generations.ts'

export interface Jdk {
  home: string
  version: number
}

const shelves = [
  '/usr/lib/jvm',
  '/usr/java',
  '/opt',
  '/opt/java',
  '/opt/homebrew/opt',
  '/Library/Java/JavaVirtualMachines',
  join(homedir(), 'Library/Java/JavaVirtualMachines'),
  join(homedir(), '.sdkman/candidates/java'),
]

/** Where a JDK may be: JAVA_HOME (also JAVA_HOME_21_X64 and the like), the usual folders, `java` on PATH. */
export function jdkHomes(env: NodeJS.ProcessEnv = process.env): string[] {
  const named = Object.keys(env).filter(key => key.startsWith('JAVA_HOME'))
  return [...named.flatMap(key => env[key] || []), ...shelves.flatMap(children), ...onPath(env)]
}

/** The oldest JDK that the server runs on; throws one line that says what to install. */
export function findJdk(generation: Generation, homes: readonly string[] = jdkHomes()): Jdk {
  const { min, max = Number.POSITIVE_INFINITY } = generation.java
  const [oldest] = homes
    .flatMap(inspect)
    .filter(({ version }) => version >= min && version <= max)
    .sort((a, b) => a.version - b.version)
  if (oldest === undefined) throw new Error(advice(generation))
  return oldest
}

function advice({ kind, version, java: { min, max } }: Generation): string {
  const range = max === undefined ? `${min} or later` : `${min} to ${max}`
  const reader = account === undefined ? '' : ' where every user can read it'
  return `${nameOf({ kind, version })} needs a JDK, version ${range}: install one${reader}, or set JAVA_HOME`
}

// On macOS the home is inside a bundle.
const inspect = (home: string): Jdk[] =>
  ['', 'Contents/Home', 'libexec/openjdk.jdk/Contents/Home'].flatMap(inside =>
    readRelease(join(home, inside)),
  )

function readRelease(home: string): Jdk[] {
  try {
    accessSync(join(home, 'bin/jar'), constants.X_OK)
    const version = Number(/^JAVA_VERSION="(\d+)/m.exec(readFileSync(join(home, 'release'), 'utf8'))?.[1])
    return account === undefined || openToAll(home) ? [{ home, version }] : []
  } catch {
    return []
  }
}

function children(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).map(name => join(folder, name)) : []
}

function onPath(env: NodeJS.ProcessEnv): string[] {
  const commands = (env.PATH ?? '').split(delimiter).map(folder => join(folder, 'java'))
  return commands.filter(existsSync).map(command => dirname(dirname(realpathSync(command))))
}
