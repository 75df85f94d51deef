// What another thread or process does with the built package: it uses its own connection and reports the result.
import cluster from 'node:cluster'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { connection, connections } from 'esconn'

const [alias, index] = isMainThread ? process.argv.slice(2) : workerData
const own = connections[alias]
const hits = []
for await (const hit of own.hits(index)) hits.push(hit.toString())
const told = { same: connection === connections.default, alias: own.alias, hits }
await connections.close()

if (parentPort) parentPort.postMessage(told)
else if (cluster.isWorker) cluster.worker?.send(told, () => cluster.worker?.disconnect())
else process.send?.(told, () => process.disconnect())
