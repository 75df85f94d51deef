/** Variables at which the YAML parser prints on standard output all that it reads, secrets too. */
const TALKATIVE = ['LOG_TOKENS', 'LOG_STREAM']

/** Parses as if they were not set; nobody else can see that, since nothing else runs meanwhile. */
export function silently<Result>(parse: () => Result): Result {
  const found = Object.entries(process.env).filter(([name]) => TALKATIVE.includes(name))
  for (const name of TALKATIVE) delete process.env[name]
  try {
    return parse()
  } finally {
    Object.assign(process.env, Object.fromEntries(found))
  }
}
