/** An entry of the system's keyring, as a configuration names it: `service/account`. */
export type KeyringName = string

let loaded: Promise<typeof import('@napi-rs/keyring')> | undefined

/** The package is optional, and loaded only where a keyring is used; once, as in the executable only the first try fails. */
function loadPackage() {
  loaded ??= import('@napi-rs/keyring')
  return loaded
}

async function entryOf(name: KeyringName) {
  const slash = name.indexOf('/')
  const { AsyncEntry } = await loadPackage().catch(cause => {
    throw new Error(
      'no keyring available (the optional package @napi-rs/keyring is not installed, or does not run here)',
      {
        cause,
      },
    )
  })
  return new AsyncEntry(name.slice(0, slash), name.slice(slash + 1))
}

/**
 * The secret in an entry of the keyring; undefined where there is no such entry.
 *
 * @throws {Error} where there is no keyring, or it is locked
 */
export async function readKeyring(name: KeyringName): Promise<string | undefined> {
  const entry = await entryOf(name)
  return (await entry.getPassword()) ?? undefined
}

/**
 * Stores a secret in the keyring.
 *
 * @throws {Error} where there is no keyring, or it is locked
 */
export async function writeKeyring(name: KeyringName, secret: string): Promise<void> {
  const entry = await entryOf(name)
  await entry.setPassword(secret)
}

/**
 * Whether the keyring is in the kernel's memory, as on Linux without a Secret Service: it is lost on a restart, and
 * an entry that is not read for three days.
 */
export async function isVolatileKeyring(): Promise<boolean> {
  if (process.platform !== 'linux') return false
  const keyring = await loadPackage().catch(() => undefined)
  try {
    return (
      keyring !== undefined && !new keyring.Entry('esconn', 'any', { linux: { store: 'secret-service' } })
    )
  } catch {
    return true
  }
}
