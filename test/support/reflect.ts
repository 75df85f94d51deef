// What @peculiar/x509's container asks of `Reflect` before it loads; it needs no answers, as nothing is injected.
Object.assign(Reflect, { getMetadata() {}, getOwnMetadata() {}, defineMetadata() {} })
