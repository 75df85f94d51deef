/** An error of a test as ava reports it. */
export interface TestError {
  type: 'ava' | 'native' | 'aggregate' | 'unknown'
  name?: string
  message?: string
  stack?: string
  improperUsage?: unknown
  /** Of an assertion: its values or their difference. */
  formattedDetails?: { label: string; formatted: string }[]
  formattedCause?: string | null
  /** Of a value that is not an error, and was thrown. */
  formattedError?: string
  errors?: TestError[]
}

/** An event that ava reports of a run; which members it has depends on the type. */
export interface TestEvent {
  type: string
  testFile?: string
  title?: string
  skip?: boolean
  err?: TestError
  logs?: string[]
  /** Of a `stats` event: how many files there are, and which of them were started. */
  files?: number
  started?: string[]
  /** Of a `timeout` event and its like: the tests that had not ended, by file. */
  pendingTests?: Map<string, Set<string>>
  period?: number
  nonZeroExitCode?: number
  signal?: string
  forcedExit?: boolean
  stack?: string
}
