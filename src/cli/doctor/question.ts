/** A reply, whole. */
export interface Answer {
  status: number
  headers: Record<string, string | undefined>
  text: string
  /** Milliseconds since the epoch, halfway between asking and being answered. */
  moment: number
  milliseconds: number
}

/** What is asked of a node. */
export interface Question {
  method: 'GET' | 'POST'
  path: string
  querystring?: string
  body?: string | Buffer
}
