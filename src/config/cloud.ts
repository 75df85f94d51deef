/**
 * The address of the cluster that a cloud ID names: `name:` and, in base64, `host[:port]$cluster[:port]$…`.
 * Undefined for what is none.
 *
 * @see https://www.elastic.co/docs/deploy-manage/deploy/elastic-cloud/find-cloud-id
 */
export function cloudNode(cloudId: string): string | undefined {
  const [, encoded] = /^[^:]*:([A-Za-z0-9+/_-]+=*)$/.exec(cloudId) ?? []
  const decoded = Buffer.from(encoded ?? '', 'base64').toString()
  const [, host, port, cluster, ownPort] =
    /^([\w.-]+)(?::(\d+))?\$([\w-]+)(?::(\d+))?(?:\$|$)/.exec(decoded) ?? []
  if (host === undefined) return undefined
  const url = `https://${cluster}.${host}:${ownPort ?? port ?? 443}`
  return URL.canParse(url) ? new URL(url).origin : undefined
}

export function cloudMistake(cloudId: string): string | undefined {
  return cloudNode(cloudId) === undefined
    ? "is not a cloud ID: copy it whole from the deployment's page, name and all"
    : undefined
}
