import { objectOf } from '../../wire/refusal.ts'
import { type Finding, ok, type Step, warning } from './finding.ts'
import { productOf } from './identity.ts'
import type { Answer } from './question.ts'
import type { Visit } from './visit.ts'

/** Whether it is Elasticsearch or OpenSearch that answers. */
export const reply: Step<Visit> = {
  name: 'reply',
  needs: ['tls'],
  look: async visit => {
    const answer = await visit.root()
    const took = `(${answer.milliseconds}ms)`
    if (answer.status === 401) return [asking(answer, took)]
    const [product] = (await productOf(visit)).split(' ')
    return [ok(`${product} answers ${took}`)]
  },
}

/** Whoever asks for credentials need not say who it is. */
function asking({ headers, text }: Answer, took: string): Finding {
  const { error } = objectOf(text)
  const scheme = headers['www-authenticate'] ?? ''
  if (headers['x-elastic-product'] || Object(error).type === 'security_exception')
    return ok(`Elasticsearch answers, and asks for credentials ${took}`)
  if (/realm="OpenSearch/i.test(scheme)) return ok(`OpenSearch answers, and asks for credentials ${took}`)
  return warning(
    `something asks for credentials, and does not say what it is ${took}`,
    'it may be a proxy before the cluster, whose credentials are meant',
  )
}
