import os from 'node:os'

const { homedir } = os

// A dependency of cosmiconfig (env-paths) calls os.homedir() when it is loaded, which throws in a container whose
// user has no entry in /etc/passwd and no HOME.
Object.assign(os, {
  homedir: () => {
    try {
      return homedir()
    } catch {
      return '/'
    }
  },
})

/** Undoes that, once cosmiconfig is loaded. */
export function restoreHomedir(): void {
  Object.assign(os, { homedir })
}
