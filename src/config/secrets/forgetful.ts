/**
 * Whether the keyring here is the one in the kernel's memory, which stands in on Linux where no Secret Service runs.
 * It forgets when the machine starts anew, and what nobody asks for in three days.
 */
export async function isForgetful(): Promise<boolean> {
  if (process.platform !== 'linux') return false
  const keyring = await import('@napi-rs/keyring').catch(() => undefined)
  try {
    return (
      keyring !== undefined && !new keyring.Entry('esconn', 'any', { linux: { store: 'secret-service' } })
    )
  } catch {
    return true
  }
}
