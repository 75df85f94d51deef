import { realpathSync, statSync } from 'node:fs'
import { chmod, copyFile, link, mkdir, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Who the servers run as when the tests run as root, which they refuse to run as: `nobody`. */
export const account = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined

/** Whether every user may enter a folder and the folders above it. */
export function openToAll(folder: string): boolean {
  const real = realpathSync(folder)
  const above = dirname(real)
  return (statSync(real).mode & 0o001) !== 0 && (above === real || openToAll(above))
}

/** Where the servers can have their directories. */
export const temporary = account === undefined || openToAll(tmpdir()) ? tmpdir() : '/tmp'

/** Makes a directory tree available in another place, without copying it where possible. */
export async function mirror(from: string, to: string): Promise<void> {
  await mkdir(to)
  await chmod(to, 0o755)
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await mirror(source, target)
    else await link(source, target).catch(() => copyFile(source, target))
  }
}
