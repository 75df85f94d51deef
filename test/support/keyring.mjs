// Loaded before the command line, by Node or by the executable: replaces the keyring's package by this module.
import { readFileSync, writeFileSync } from 'node:fs'
import Module, { register } from 'node:module'
import { isMainThread } from 'node:worker_threads'

const PACKAGE = '@napi-rs/keyring'
const { TEST_KEYRING: file = '', TEST_KEYRING_STATE: state } = process.env

if (process.versions.bun) process.dlopen = loadFake
else if (isMainThread && !import.meta.url.endsWith('#fake')) {
  register(import.meta.url) // for the library
  requireFake() // for the command line, which is CommonJS
}

function requireFake() {
  const { _load: load } = Module
  Module._load = (name, ...rest) => {
    if (name !== PACKAGE) return load(name, ...rest)
    if (state === 'absent') throw notFound()
    return { Entry, AsyncEntry }
  }
}

function notFound() {
  return Object.assign(new Error(`Cannot find package '${PACKAGE}'`), { code: 'ERR_MODULE_NOT_FOUND' })
}

/** The executable contains the package's native file, which it loads by `process.dlopen`. */
function loadFake(module) {
  if (state === 'absent') throw new Error('the native file cannot be loaded')
  module.exports = { Entry, AsyncEntry }
}

export async function resolve(specifier, context, next) {
  if (specifier !== PACKAGE) return next(specifier, context)
  if (state !== 'absent') return { url: `${import.meta.url}#fake`, shortCircuit: true }
  throw notFound()
}

export class Entry {
  constructor(_service, _account, options) {
    if (state === 'kernel' && options?.linux?.store === 'secret-service') throw new Error('no Secret Service')
  }
}

export class AsyncEntry extends Entry {
  constructor(service, account, options) {
    super(service, account, options)
    this.name = `${service}/${account}`
  }

  async getPassword() {
    this.unlocked()
    return this.entries()[this.name] ?? null
  }

  async setPassword(secret) {
    this.unlocked()
    writeFileSync(file, JSON.stringify({ ...this.entries(), [this.name]: secret }))
  }

  entries() {
    return JSON.parse(readFileSync(file, 'utf8'))
  }

  unlocked() {
    if (state === 'locked') throw new Error('the collection is locked')
  }
}
