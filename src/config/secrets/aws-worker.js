// Gets credentials from the AWS SDK, in a worker that aws.ts starts; the types of its messages are there. It is
// JavaScript because Node itself starts it, in the tests too.
import { parentPort, workerData } from 'node:worker_threads'
import { defaultProvider } from '@aws-sdk/credential-provider-node'

const report = report => parentPort.postMessage(report)
const ignore = () => {}
const logger = {
  debug: (...words) => report({ log: words.join(' ') }),
  info: ignore,
  warn: ignore,
  error: ignore,
}

async function search({ profile, region }) {
  const chosen = profile === undefined ? {} : { profile }
  try {
    const find = defaultProvider({ ...chosen, logger, parentClientConfig: { ...chosen, region } })
    const { accessKeyId, secretAccessKey, sessionToken, expiration, $source = {} } = await find()
    report({ accessKeyId, secretAccessKey, sessionToken, expiration, features: Object.keys($source) })
  } catch ({ name, message }) {
    report({ error: { name, message } })
  }
}

search(workerData)
