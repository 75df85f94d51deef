import { Serializer } from '@elastic/elasticsearch'
import { WireError } from '../errors.ts'
import { ANOTHER } from './refusal.ts'

/** The client's, whose error would show what it cannot read, secrets that a server repeats too. */
export class DiscreetSerializer extends Serializer {
  override deserialize<Body>(json: string): Body {
    try {
      return super.deserialize(json)
    } catch {
      throw new WireError('foreign', 'the reply is no JSON', { advice: ANOTHER })
    }
  }
}
