import type { TlsOptions } from 'node:tls'
import type { ExecutionContext } from 'ava'
import type { ClusterSettings } from '../../src/config/types.ts'
import type { EsconnError } from '../../src/errors.ts'
import type { Identity } from '../support/certificates.ts'
import { answer, raw } from '../support/raw.ts'
import { connect, hitsOf } from './_connect.ts'

export const HIT = '{"_id":"1"}'

export type TlsFields = Partial<ClusterSettings['tls']>

/** The result of a search by an alias with this `tls`; the node is called `https://NODE`. */
export async function asked(t: ExecutionContext, url: string, tls: TlsFields = {}) {
  const { hits, error } = await hitsOf(connect(t, url, { tls: { verify: true, ...tls }, retries: 0 }), {
    timeout: 5000,
  })
  return { hits, fault: error?.fault, said: said(error).replaceAll(new URL(url).host, 'NODE') }
}

const said = (error?: EsconnError): string => (error ? [error.message, error.advice].join('\n') : '')

/** A node with this certificate, which finds one hit. */
export const serve = (t: ExecutionContext, tls: Identity & TlsOptions) => raw(t, answer([HIT]), { tls })
