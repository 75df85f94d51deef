import { Connection } from '../../../src/connection.ts'

/** Methods that are not an API of Elasticsearch. */
const NO_APIS = ['constructor', 'child', 'close']

type Api = (params: object) => Promise<unknown>

/** Every API method of the official client by its name, including its namespaces. */
export function apisOf(client: object): Map<string, Api> {
  const found = new Map<string, Api>()
  const add = (owner: object, prototype: object, prefix: string) => {
    for (const name of Object.getOwnPropertyNames(prototype)) {
      const value = Reflect.get(owner, name)
      if (NO_APIS.includes(name)) continue
      if (typeof value === 'function') found.set(prefix + name, value.bind(owner))
      else add(value, Object.getPrototypeOf(value), `${prefix}${name}.`)
    }
  }
  for (let prototype = clientPrototype; prototype !== Object.prototype; ) {
    add(client, prototype, '')
    prototype = Object.getPrototypeOf(prototype)
  }
  return found
}

const clientPrototype: object = Object.getPrototypeOf(Connection.prototype)

/** The value of a path parameter, by its name. */
const PARTS: Record<string, string> = { index: 'entry', name: 'entry', id: '1' }

/** Parameters for a method: with and without each path parameter, with and without a body. */
export async function* variantsOf(api: Api): AsyncGenerator<object> {
  const parts = new Set<string>()
  const anything = new Proxy(
    {},
    {
      get: (_, key) => {
        if (typeof key !== 'string' || key === 'body' || key === 'querystring') return undefined
        parts.add(key)
        return PARTS[key] ?? 'x'
      },
    },
  )
  await api(anything).catch(() => {})
  const names = [...parts]
  for (let choice = 0; choice < 2 ** names.length; choice++) {
    const chosen = names.filter((_, at) => choice & (1 << at)).map(name => [name, PARTS[name] ?? 'x'])
    for (const body of [{}, { body: {} }]) yield { ...Object.fromEntries(chosen), ...body }
  }
}
