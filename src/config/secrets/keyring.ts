/** An entry of the system's keyring, as a configuration names it: `service/account`. */
export type KeyringName = string

/** The keyring's package is optional, and loaded by nobody who does not use it. */
async function entryOf(name: KeyringName) {
  const slash = name.indexOf('/')
  const { AsyncEntry } = await import('@napi-rs/keyring').catch(cause => {
    throw new Error('there is no keyring for this system (the optional package @napi-rs/keyring is absent)', {
      cause,
    })
  })
  return new AsyncEntry(name.slice(0, slash), name.slice(slash + 1))
}

/**
 * The secret that the keyring holds, or undefined where it has no such entry.
 *
 * @throws {Error} where there is no keyring, or it is locked
 */
export async function readKeyring(name: KeyringName): Promise<string | undefined> {
  const entry = await entryOf(name)
  return (await entry.getPassword()) ?? undefined
}

/**
 * Puts a secret into the keyring.
 *
 * @throws {Error} where there is no keyring, or it is locked
 */
export async function writeKeyring(name: KeyringName, secret: string): Promise<void> {
  const entry = await entryOf(name)
  await entry.setPassword(secret)
}
