/**
 * The read-only endpoints of Elasticsearch 7.17 to 9 and OpenSearch 2 and 3: methods, then a template of the path.
 * `[…]` is optional, `(a|b)` an alternative, and `/**` any number of names; the words in braces are defined below.
 *
 * Elasticsearch 7 takes a POST to an unknown endpoint for a document, and creates the index: below `{index}` only
 * endpoints that every distribution of 7.17 knows may have POST. It refuses an index whose name begins with `_`, so
 * that a POST below `/_plugins` changes nothing there. A `{type}` exists in 7 only; other servers answer 400.
 *
 * Not on the list: `_disk_usage`, which flushes, `_security/enroll`, which creates a token, and endpoints that try
 * something out (`_simulate`, `_preview`, `_execute`). Of OpenSearch's plugins `_sql` has a statement DELETE,
 * `_knn/warmup` loads indices, `GET _ml/tasks/{id}` updates the task, and `GET` of `_notifications/configs`,
 * `_notifications/channels`, `_observability/object` and `_query/_datasources` creates their index.
 */
const READ_ENDPOINTS = `
GET             /
GET             /{index}
GET             /{index}/(_doc|_source|_explain|_termvectors)/{id}
POST            /{index}/(_explain|_termvectors)/{name}
GET,POST        /{index}/_termvectors
GET,POST        [/{index}]/(_search|_msearch)[/template]
GET,POST        [/{index}]/(_count|_mget|_field_caps|_search_shards|_validate/query)
GET,POST        [/{index}]/(_analyze|_mtermvectors|_rank_eval)
GET,POST        /{index}/(_terms_enum|_eql/search)
GET,POST        /{index}/_mvt/{name}/{name}/{name}/{name}
GET,POST        /{index}/_graph/explore
GET             /{index}/(_knn_search|_rollup_search)
GET,POST        /_render/template[/{name}]
GET,POST        /_application/search_application/{name}/_search
POST            /_inference/rerank/{name}

GET             /{index}/{type}/{name}[/_source]
GET,POST        /{index}/{type}/{name}/(_explain|_termvectors)
GET,POST        /{index}/{type}/(_search|_msearch|_count|_mget|_termvectors|_mtermvectors|_validate/query)
GET             [/{index}]/(_mapping|_mappings)/{type}
GET             [/{index}]/_mapping/{type}/field/{name}
GET             /{index}/{type}/_mapping[/field/{name}]

GET,POST,DELETE /_search/scroll[/{handle}]
POST            /{index}/(_pit|_search/point_in_time)
DELETE          /(_pit|_search/point_in_time)
GET             /_search/point_in_time/_all
POST            [/{index}]/_async_search
GET             /(_async_search|_eql/search|_sql/async)/status/{handle}
GET,DELETE      /(_async_search|_eql/search|_query/async)/{handle}
GET             /_sql/async/{handle}
DELETE          /_sql/async/delete/{handle}
GET,POST        /(_sql|_xpack/sql)[/translate]
POST            /((_sql|_xpack/sql)/close|_query[/async])
GET             /_query/(queries|view)[/{name}]

GET             /_cat/**
GET,POST        /_cat/count[/{index}]
GET             /_list/(indices|shards)[/{index}]
GET             /_cluster/(health[/{index}]|state[/{name}[/{index}]]|stats[/nodes/{name}])
GET             /_cluster/(settings|pending_tasks)
GET,POST        /_cluster/allocation/explain
GET             /_nodes/**
GET             /_nodes/{name}/_repositories_metering
GET             /(_tasks|_reindex|_health_report)[/{name}]
GET             /(_info/{name}|_remote/info|_capabilities|_features|_dangling|_ssl/certificates)
GET             /(_xpack[/usage]|_license[/basic_status|/trial_status])

GET             [/{index}]/(_stats[/{name}]|_segments|_recovery|_shard_stores)
GET             [/{index}]/(_alias[/{name}]|_aliases|_settings[/{name}]|_mapping[/field/{name}])
GET             [/{index}]/(_migration/deprecations|_searchable_snapshots/stats)
GET             /{index}/(_field_usage_stats|_(ilm|lifecycle)/explain|_rollup/data|_ccr/(info|stats)|_fleet/global_checkpoints)
GET,POST        /_resolve/index/{index}
GET             /_resolve/cluster[/{index}]
GET             /_data_stream[/{index}][/_stats]
GET             /_data_stream/{index}/(_lifecycle|_mappings|_options|_settings)
GET             /(_template|_index_template|_component_template|_search/pipeline)[/{name}]

GET             /(_ilm/status|_slm/stats|_slm/status|_lifecycle/stats|_migration/system_features)
GET             /(_ilm|_slm|_enrich)/policy[/{name}]
GET             /_migration/reindex/{index}/_status
GET             /_snapshot[/{name}[/{name}]][/_status]
GET             /_searchable_snapshots[/{name}]/cache/stats
GET             /(_ingest|_logstash)/pipeline[/{name}]
GET             /_ingest/((geoip|ip_location)/database[/{name}]|geoip/stats|processor/grok)
GET             /(_scripts/{name}|_script_context|_script_language)
GET             /(_enrich/_stats|_ccr/stats|_ccr/auto_follow[/{name}]|_rollup/(job|data)[/{name}])
GET             /_transform([/{name}][/_stats]|/_node_stats)
GET             /_watcher/(watch/{name}|stats[/{name}]|settings)
GET,POST        /_watcher/_query/watches
GET             /_ml/(info|memory[/{name}]/_stats|filters[/{name}]|calendars/{name}/events)
GET,POST        /_ml/calendars[/{name}]
GET             /_ml/(anomaly_detectors|datafeeds|data_frame/analytics|trained_models)[/{name}][/_stats]
GET,POST        /_ml/anomaly_detectors/{name}/(results/{name}|model_snapshots)[/{name}]
GET             /_ml/anomaly_detectors/{name}/model_snapshots/{name}/_upgrade/_stats
GET             /_inference[/{name}[/{name}]]
GET             /_connector[/{name}|/_sync_job[/{name}]]
GET             /_application/(search_application|analytics)[/{name}]
GET             /(_query_rules[/{name}[/_rule/{name}]]|_synonyms[/{name}[/{name}]])
GET             /(_streams/status|_profiling/status|_project_routing[/{name}])
GET,POST        /_project/tags
GET             /_autoscaling/(capacity|policy/{name})

GET             /_security/(_authenticate|user/_privileges|privilege/_builtin|api_key|settings|stats)
GET             /_security/((user|role|role_mapping|profile)[/{name}]|privilege[/{name}[/{name}]])
GET             /_security/service[/{name}[/{name}[/credential]]]
GET,POST        /_security/(user[/{name}]|profile)/_has_privileges
GET,POST        /_security/profile/_suggest
GET,POST        /_security/_query/(api_key|role|user)

GET             /_plugins/_security/(authinfo|dashboardsinfo|health|tenantinfo|whoami)
GET             /_plugins/_security/api/(account|allowlist|audit|permissionsinfo|securityconfig|ssl/certs|tenancy/config)
GET             /_plugins/_security/api/(actiongroups|certificates|internalusers|nodesdn|roles|rolesmapping|tenants|user)[/{name}]
GET             /_plugins/(_ism/policies|_im/lron)[/{name}]
GET,POST        /_plugins/_ism/explain[/{index}]
GET             /_plugins/(_rollup/jobs|_sm/policies|_transform)[/{name}[/_explain]]
GET             /_plugins/_replication/((autofollow|follower|leader)_stats|{index}/_status)
GET             /_plugins/_alerting/((monitors|workflows)/{name}|destinations[/{name}]|findings/_search)
GET             /_plugins/_alerting/destinations/(email_accounts|email_groups)/{name}
GET,POST        /_plugins/_alerting/(monitors|comments|destinations/(email_accounts|email_groups))/_search
GET             /_plugins/_anomaly_detection/detectors/{name}
GET,POST        /_plugins/_anomaly_detection/detectors/([results/|tasks/]_search|{name}/results/_topAnomalies)
GET             /_plugins/_(alerting|anomaly_detection|knn|ltr|ml|neural)[/{node}]/stats[/{name}]
GET             /_plugins/_knn/models/{name}
GET,POST        /_plugins/_knn/models/_search
GET             /_plugins/_ml/(agents|config|connectors|controllers|memory_containers|model_groups|models)/{name}
GET,POST        /_plugins/_ml/(agents|connectors|memory[/{name}]|memory_containers|model_groups|models|tasks)/_search
GET             /_plugins/_ml/(tools[/{name}]|profile[/(models|tasks)[/{name}]])
GET             /_plugins/_ml/memory[/{name}[/messages]|/message/{name}[/traces]]
POST            /_plugins/_asynchronous_search
GET,DELETE      /_plugins/_asynchronous_search/{handle}
GET             /_plugins/_asynchronous_search[/_nodes/{name}]/stats
GET             /_plugins/(_ppl/stats|_sql/stats|_notifications/(features|_local/stats))
POST            /_plugins/_ppl[/_explain]
`

/**
 * A name that a user chooses must not be an endpoint: `POST /entry/_termvectors/_bulk` writes on Elasticsearch 7. Only
 * the id of a document that is read may be one, since every server reads the document then, or searches.
 */
const PLACEHOLDERS: Record<string, string> = {
  id: '[^/]+',
  type: '(?!_)[^/]+',
  node: '(?!_|(?:warmup|tasks)/)[^/]+', // `_knn/warmup/stats` warms up the index `stats`
  index: '(?!_(?!all(?:,|%2C|/|$)))[^/]+',
  name: '(?!_(?!(?:all|local|master|cluster_manager|current)(?![\\w-]))[a-z_]+(?![\\w-]))[^/]+',
  handle: '(?!_[a-z_]+(?![\\w-]))(?:[\\w+=-]|%3[Dd]|%2[Bb])+', // a single one, not `_all`
}

/** The regular expression for a template. */
function patternOf(template: string): string {
  return template
    .replaceAll('(', '(?:')
    .replaceAll('[', '(?:')
    .replaceAll(']', ')?')
    .replaceAll('/**', '(?:/{name})*')
    .replace(/\{(\w+)\}/g, (_, kind) => PLACEHOLDERS[kind] ?? '')
}

const patternFor = (method: string): RegExp => {
  const lines = READ_ENDPOINTS.split('\n').map(line => line.split(/ +/))
  const own = lines.filter(([methods = '']) => methods.split(',').includes(method))
  return new RegExp(`^(?:${own.map(([, template = '']) => patternOf(template)).join('|')})$`)
}

let patterns: ReadonlyMap<string, RegExp> | undefined

/** The patterns by method; made when a request is first judged, which most never are. */
function patternsByMethod(): ReadonlyMap<string, RegExp> {
  patterns ??= new Map(['GET', 'POST', 'DELETE'].map(method => [method, patternFor(method)]))
  return patterns
}

/** Whether a request only reads, by its method in upper case and its path as it is sent. */
export const isReadEndpoint = (method: string, path: string): boolean =>
  patternsByMethod()
    .get(method === 'HEAD' ? 'GET' : method)
    ?.test(path) === true
