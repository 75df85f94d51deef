import os from 'node:os'

const { homedir } = os

/** A dependency of cosmiconfig's asks for the home when it is loaded, and cannot be where a user has none. */
Object.assign(os, {
  homedir: () => {
    try {
      return homedir()
    } catch {
      return '/'
    }
  },
})

/** Ends the pretence that everybody has a home. */
export function admitHomeless(): void {
  Object.assign(os, { homedir })
}
