// Functions of `Reflect` that @peculiar/x509's container requires when it is loaded; they do nothing, as nothing is injected.
Object.assign(Reflect, { getMetadata() {}, getOwnMetadata() {}, defineMetadata() {} })
