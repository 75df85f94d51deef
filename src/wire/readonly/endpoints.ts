/**
 * The read-only endpoints of Elasticsearch 7.17 to 9 and OpenSearch 2 and 3: methods, then a template of the path.
 * `[…]` is optional, `(a|b)` an alternative, and `/**` any number of names; `{index}`, `{name}` and `{handle}` are
 * defined below.
 *
 * Elasticsearch 7 takes a POST to an unknown endpoint for a document, and creates the index: below `{index}` only
 * endpoints that every distribution of 7.17 knows may have POST. Not on the list: `_disk_usage`, which flushes,
 * `_security/enroll`, which creates a token, and endpoints that try something out (`_simulate`, `_preview`,
 * `_execute`).
 */
const READ_ENDPOINTS = `
GET             /
GET             /{index}
GET             /{index}/(_doc|_source)/{name}
GET,POST        /{index}/_explain/{name}
GET,POST        /{index}/_termvectors[/{name}]
GET,POST        [/{index}]/(_search|_msearch)[/template]
GET,POST        [/{index}]/(_count|_mget|_field_caps|_search_shards|_validate/query)
GET,POST        [/{index}]/(_analyze|_mtermvectors|_rank_eval)
GET,POST        /{index}/(_terms_enum|_eql/search)
GET,POST        /{index}/_mvt/{name}/{name}/{name}/{name}
GET             /{index}/(_knn_search|_graph/explore|_rollup_search)
GET,POST        /_render/template[/{name}]
GET,POST        /_application/search_application/{name}/_search

GET,POST,DELETE /_search/scroll[/{handle}]
POST            /{index}/(_pit|_search/point_in_time)
DELETE          /(_pit|_search/point_in_time)
GET             /_search/point_in_time/_all
POST            [/{index}]/_async_search
GET             /(_async_search|_eql/search|_sql/async)/status/{handle}
GET,DELETE      /(_async_search|_eql/search|_query/async)/{handle}
GET             /_sql/async/{handle}
DELETE          /_sql/async/delete/{handle}
GET,POST        /_sql[/translate]
POST            /(_sql/close|_query[/async])
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
GET             /_plugins/_security/authinfo
GET,POST        /_security/(user[/{name}]|profile)/_has_privileges
GET,POST        /_security/profile/_suggest
GET,POST        /_security/_query/(api_key|role|user)
`

/** A name that a user chooses must not be an endpoint: `POST /entry/_termvectors/_bulk` writes on Elasticsearch 7. */
const PLACEHOLDERS: Record<string, string> = {
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

const LINES = READ_ENDPOINTS.split('\n').map(line => line.split(/ +/))

const patternsFor = (method: string): RegExp => {
  const lines = LINES.filter(([methods = '']) => methods.split(',').includes(method))
  return new RegExp(`^(?:${lines.map(([, template = '']) => patternOf(template)).join('|')})$`)
}

const PATTERNS = new Map(['GET', 'POST', 'DELETE'].map(method => [method, patternsFor(method)]))

/** Whether a request only reads, by its method in upper case and its path as it is sent. */
export const isReadEndpoint = (method: string, path: string): boolean =>
  PATTERNS.get(method === 'HEAD' ? 'GET' : method)?.test(path) === true
