/** One request of the table, with the exit status that is expected where it is not that of the reply's status alone. */
export interface TableCall {
  method: string
  path: string
  body: string | undefined
  exit: number | undefined
  /** Whether the same call gives another answer each time, or while other tests use the server. */
  isVolatile: boolean
}

/**
 * A line is an exit status, if it is special, then a method, a path and a body. `INDEX` is an index that is made by the
 * first lines; a literal `\n` in a body is a line break. What is volatile is below the dashes.
 */
const LINES = String.raw`
PUT /INDEX {"settings":{"number_of_shards":1,"number_of_replicas":0,"refresh_interval":-1},"mappings":{"properties":{"title":{"type":"text"},"tag":{"type":"keyword"},"n":{"type":"long"},"f":{"type":"double"},"when":{"type":"date"},"place":{"type":"geo_point"},"any":{"type":"object","enabled":false}}}}
PUT /INDEX {}
HEAD /INDEX
1 HEAD /INDEX-none
PUT /INDEX/_doc/1 {"title":"The quick brown fox","tag":"a","n":9007199254740993,"f":1.0,"when":"2024-01-01","any":{"b":1.50,"a":-0}}
PUT /INDEX/_doc/2 {"title":"The lazy dog é 😀","tag":"b","n":2,"f":2.5e3,"when":"2024-02-01"}
PUT /INDEX/_create/3 {"title":"Another fox","tag":"a","n":3,"place":"41.12,-71.34"}
PUT /INDEX/_create/3 {"title":"Another fox"}
POST /INDEX/_doc/4?refresh=true {"title":"four","tag":"c","n":4,"timed_out":true,"errors":true}
POST /INDEX/_update/4 {"doc":{"n":44}}
POST /INDEX/_update/4 {"doc":{"n":44}}
POST /INDEX/_update/none {"doc":{"n":44}}
POST /INDEX/_update/5 {"doc":{"n":5},"doc_as_upsert":true}
POST /INDEX/_update/4 {"dok":{}}
PUT /INDEX/_doc/1?if_seq_no=0&if_primary_term=9 {"n":1}
PUT /INDEX/_doc/x {"n":"not a number"}
PUT /INDEX/_doc/x {"n":
PUT /INDEX/_doc/x
PUT /INDEX/_doc/a%2Fb {"tag":"slash"}
PUT /INDEX/_doc/%C3%A9%20x {"tag":"space"}
POST /_bulk {"index":{"_index":"INDEX","_id":"6"}}\n{"n":6}\n{"create":{"_index":"INDEX","_id":"7"}}\n{"n":7}\n{"update":{"_index":"INDEX","_id":"6"}}\n{"doc":{"n":66}}\n{"delete":{"_index":"INDEX","_id":"7"}}\n
3 POST /INDEX/_bulk {"create":{"_id":"6"}}\n{"n":6}\n{"index":{"_id":"8"}}\n{"n":"x"}\n
3 POST /INDEX/_bulk/ {"delete":{"_id":"none"}}\n{"update":{"_id":"none"}}\n{"doc":{}}\n
POST /INDEX/_bulk {"index":{}}
POST /INDEX/_bulk {"index":{"_id":"9"}}\n{"n":9}
POST /_bulk {"nothing":{}}\n
POST /_bulk
3 POST /INDEX/_bulk?filter_path=errors {"index":{"_id":"8"}}\n{"n":"x"}\n
POST /INDEX/_refresh
GET /INDEX/_refresh
POST /INDEX/_flush
POST /INDEX/_forcemerge?max_num_segments=1
POST /INDEX/_cache/clear
POST /INDEX-none/_refresh
GET /INDEX/_doc/1
GET /INDEX/_doc/1?pretty
GET /INDEX/_doc/1?_source=false
GET /INDEX/_doc/1?_source_includes=any,n
GET /INDEX/_doc/1?routing=x
GET /INDEX/_doc/a%2Fb
GET /INDEX/_doc/%C3%A9%20x
GET /INDEX/_doc/é%20x
1 GET /INDEX/_doc/none
GET /INDEX-none/_doc/1
HEAD /INDEX/_doc/1
1 HEAD /INDEX/_doc/none
GET /INDEX/_source/1
GET /INDEX/_source/4
GET /INDEX/_source/1?_source_includes=any
GET /INDEX/_source/none
HEAD /INDEX/_source/1
1 HEAD /INDEX/_source/none
DELETE /INDEX/_doc/5
1 DELETE /INDEX/_doc/5
POST /INDEX/_refresh
GET /INDEX/_search
GET /INDEX/_search?q=tag:a
GET /INDEX/_search?q=tag%3Aa+OR+tag%3Ab
GET /INDEX/_search?q=title:fox%20dog&sort=n
GET /INDEX/_search?q=(
GET /INDEX/_search?size=0
GET /INDEX/_search?size=-5
GET /INDEX/_search?size=20000
GET /INDEX/_search?from=1&size=1&sort=n:desc
GET /INDEX/_search?pretty&sort=n
GET /INDEX/_search?pretty=true&human
GET /INDEX/_search?format=yaml&sort=n
GET /INDEX/_search?filter_path=hits.hits._id
GET /INDEX/_search?filter_path=nothing
GET /INDEX/_search?filter_path=-hits
GET /INDEX/_search?rest_total_hits_as_int=true
GET /INDEX/_search?typed_keys&sort=n
GET /INDEX/_search?unknown=1
GET /INDEX/_search?explain=true&q=title:fox
GET /INDEX/_search?version=true&seq_no_primary_term=true&sort=n
GET /INDEX/_search?docvalue_fields=n,tag&sort=n
GET /INDEX/_search?stored_fields=_none_
GET /INDEX/_search?track_total_hits=false
GET /INDEX/_search?sort=none
GET /INDEX/_search {"query":{"term":{"tag":"a"}},"sort":["n"]}
POST /INDEX/_search {"query":{"match":{"title":"fox"}}}
POST /INDEX/_search {"query":{"match":{"title":"fox"}},"highlight":{"fields":{"title":{}}}}
POST /INDEX/_search {"query":{"range":{"n":{"gte":9007199254740993}}}}
POST /INDEX/_search {"query":{"bool":{"must_not":{"exists":{"field":"f"}}}},"sort":["n"]}
POST /INDEX/_search {"size":0,"aggs":{"tags":{"terms":{"field":"tag"},"aggs":{"s":{"sum":{"field":"n"}}}}}}
POST /INDEX/_search {"size":0,"aggs":{"d":{"date_histogram":{"field":"when","calendar_interval":"month"}}}}
POST /INDEX/_search {"size":0,"aggs":{"top":{"top_hits":{"size":1,"sort":["n"]}}}}
POST /INDEX/_search {"size":0,"aggs":{"x":{"terms":{"field":"title"}}}}
POST /INDEX/_search {"size":0,"aggs":{"x":{"nonsense":{}}}}
POST /INDEX/_search {"suggest":{"s":{"text":"foz","term":{"field":"title"}}},"size":0}
POST /INDEX/_search {"collapse":{"field":"tag"},"sort":["n"]}
POST /INDEX/_search {"fields":["n","when"],"_source":false,"sort":["n"]}
POST /INDEX/_search {"rescore":{"query":{"rescore_query":{"match_all":{}}},"window_size":2},"query":{"match":{"title":"fox"}}}
POST /INDEX/_search {"search_after":[3],"sort":["n"],"size":1}
POST /INDEX/_search {"query":{"trem":{}}}
POST /INDEX/_search {"query":{"term":{"tag":
POST /INDEX/_search {"query":{},"query":{}}
POST /INDEX/_search []
3 POST /INDEX/_search {"terminate_after":1,"sort":["n"]}
POST /INDEX/_search {"query":{"ids":{"values":["1","2"]}},"sort":["n"]}
POST /INDEX/_search {"query":{"query_string":{"query":"tag:(a OR b)"}},"sort":["n"]}
POST /INDEX/_search {"query":{"geo_distance":{"distance":"10km","place":"41.12,-71.34"}}}
POST /INDEX/_search {"query":{"match_all":{"boost":1e400}}}
POST /INDEX-none/_search
POST /INDEX-none/_search?ignore_unavailable=true
POST /INDEX-non*/_search
POST /INDEX-non*/_search?allow_no_indices=false
GET /INDEX,INDEX-none/_search
GET /%3CINDEX-%7Bnow%2Fd%7D%3E/_search?ignore_unavailable=true
POST /INDEX/_msearch {}\n{"query":{"term":{"tag":"a"}},"sort":["n"]}\n{}\n{"size":0}\n
3 POST /_msearch {"index":"INDEX"}\n{"size":1,"sort":["n"]}\n{"index":"INDEX-none"}\n{}\n
POST /INDEX/_msearch {}\n{"query":{"term":{}}}\n
3 POST /INDEX/_msearch {}\n{"sort":["none"]}\n
POST /INDEX/_msearch {}\n{"query":{"trem":{}}}\n
POST /INDEX/_msearch {}
POST /INDEX/_msearch?max_concurrent_searches=1 {}\n{"size":0}\n
POST /INDEX/_mget {"ids":["1","none"]}
3 POST /_mget {"docs":[{"_index":"INDEX","_id":"1","_source":["n"]},{"_index":"INDEX-none","_id":"1"}]}
GET /INDEX/_mget?_source=false {"ids":["1"]}
POST /_mget {"docs":[{"_id":"1"}]}
POST /_mget {}
GET /INDEX/_count
GET /INDEX/_count?q=tag:a
POST /INDEX/_count {"query":{"match":{"title":"fox"}}}
POST /INDEX/_count {"size":1}
POST /INDEX-none/_count
GET /INDEX/_validate/query?q=tag:a
GET /INDEX/_validate/query?q=n:x&explain
POST /INDEX/_validate/query?rewrite=true {"query":{"match":{"title":"fox dog"}}}
POST /INDEX/_validate/query {"query":{"trem":{}}}
GET /INDEX/_explain/1?q=title:fox
1 GET /INDEX/_explain/2?q=title:fox
1 POST /INDEX/_explain/none {"query":{"match_all":{}}}
POST /INDEX/_explain/1 {}
GET /INDEX/_termvectors/1?fields=title
POST /INDEX/_termvectors/1?fields=title&term_statistics=true
1 GET /INDEX/_termvectors/none?fields=title
POST /INDEX/_termvectors?fields=title {"doc":{"title":"quick fox"}}
POST /INDEX/_mtermvectors {"ids":["1","2"],"parameters":{"fields":["title"]}}
POST /INDEX/_analyze {"field":"title","text":"Quick Foxes"}
GET /_analyze?text=a {"text":"The QUICK.fox"}
POST /_analyze {"analyzer":"nonsense","text":"x"}
POST /_analyze {"tokenizer":"keyword","filter":["lowercase"],"text":"A B","explain":true}
POST /_analyze {}
GET /INDEX/_field_caps?fields=*
GET /INDEX/_field_caps?fields=n,tag
GET /INDEX/_field_caps
POST /INDEX/_field_caps?fields=none
GET /INDEX-none/_field_caps?fields=*
GET /INDEX/_search_shards?filter_path=indices
GET /INDEX/_mapping
GET /INDEX/_mapping?pretty
GET /INDEX/_mapping/field/n
GET /INDEX/_mapping/field/none
GET /INDEX-none/_mapping
PUT /INDEX/_mapping {"properties":{"more":{"type":"keyword"}}}
PUT /INDEX/_mapping {"properties":{"n":{"type":"keyword"}}}
PUT /INDEX/_mapping {"properties":{"more":{"type":"nonsense"}}}
GET /INDEX/_settings/index.number*
GET /INDEX/_settings/index.number*?flat_settings
GET /INDEX/_settings/index.refresh_interval?include_defaults=true&filter_path=*.defaults
PUT /INDEX/_settings {"index":{"refresh_interval":"-1"}}
PUT /INDEX/_settings {"index":{"number_of_shards":3}}
PUT /INDEX/_settings {"index":{"nonsense":1}}
GET /INDEX/_alias
PUT /INDEX/_alias/INDEX-alias {"filter":{"term":{"tag":"a"}}}
PUT /INDEX/_alias/INDEX,x {}
GET /INDEX-alias/_search?sort=n
GET /INDEX/_alias
GET /_alias/INDEX-alias
HEAD /_alias/INDEX-alias
1 HEAD /_alias/INDEX-nowhere
GET /_alias/INDEX-nowhere
POST /_aliases {"actions":[{"add":{"index":"INDEX","alias":"INDEX-second"}}]}
POST /_aliases {"actions":[{"remove":{"index":"INDEX","alias":"INDEX-nowhere"}}]}
POST /_aliases {"actions":[]}
DELETE /INDEX/_alias/INDEX-second
DELETE /INDEX/_alias/INDEX-second
GET /INDEX
GET /INDEX?flat_settings&filter_path=*.mappings
GET /INDEX-none
PUT /_index_template/INDEX-template {"index_patterns":["INDEX-t-*"],"template":{"settings":{"number_of_replicas":0}}}
GET /_index_template/INDEX-template
HEAD /_index_template/INDEX-template
1 HEAD /_index_template/INDEX-nowhere
GET /_index_template/INDEX-nowhere
PUT /_index_template/INDEX-template {"nonsense":1}
POST /_index_template/_simulate_index/INDEX-t-1
DELETE /_index_template/INDEX-template
DELETE /_index_template/INDEX-template
PUT /_component_template/INDEX-part {"template":{"mappings":{"properties":{"a":{"type":"keyword"}}}}}
GET /_component_template/INDEX-part
DELETE /_component_template/INDEX-part
1 GET /_template/INDEX-nowhere
1 GET /_ingest/pipeline/INDEX-nowhere
PUT /_ingest/pipeline/INDEX-pipe {"processors":[]}
GET /_ingest/pipeline/INDEX-pipe
POST /_ingest/pipeline/_simulate {"pipeline":{"processors":[]},"docs":[]}
PUT /_ingest/pipeline/INDEX-pipe {"processors":[{"nonsense":{}}]}
DELETE /_ingest/pipeline/INDEX-pipe
DELETE /_ingest/pipeline/INDEX-pipe
1 GET /_scripts/INDEX-nowhere
PUT /_scripts/INDEX-script {"script":{"lang":"mustache","source":"{}"}}
POST /INDEX/_search/template {"source":"{}"}
POST /INDEX/_msearch/template {}\n{"source":"{}"}\n
GET /INDEX/_rank_eval
POST /INDEX/_close
GET /INDEX/_search
POST /INDEX/_open?wait_for_active_shards=1
POST /INDEX/_block/write
PUT /INDEX/_doc/blocked {"n":1}
PUT /INDEX/_settings {"index.blocks.write":false}
POST /INDEX/_update_by_query?refresh
POST /INDEX/_delete_by_query {"query":{"term":{"tag":"slash"}}}
POST /INDEX/_delete_by_query {}
POST /_reindex {"source":{"index":"INDEX"},"dest":{"index":"INDEX-copy"}}
GET /_search/scroll
POST /_search/scroll {"scroll_id":"x"}
DELETE /_search/scroll {"scroll_id":["x"]}
GET /_tasks/nonsense
GET /_tasks/x:1
3 POST /_tasks/x:1/_cancel
GET /_snapshot
GET /_snapshot/_all
GET /_snapshot/INDEX-nowhere
GET /_snapshot/INDEX-nowhere/_all
PUT /_snapshot/INDEX-repo {"type":"nonsense"}
GET /_cluster/health/INDEX?filter_path=status,timed_out
GET /_cluster/health/INDEX?wait_for_nodes=9&timeout=1ms&filter_path=timed_out
GET /_cluster/state/nonsense
GET /_cluster/settings?filter_path=transient
PUT /_cluster/settings {"persistent":{"nonsense.x":1}}
PUT /_cluster/settings {}
POST /_cluster/reroute?dry_run&filter_path=acknowledged
GET /_cluster/allocation/explain {"index":"INDEX","shard":0,"primary":false}
GET /_cluster/nonsense
GET /_nodes/nonsense-node
GET /_cat
GET /_cat/nonsense
GET /_cat/indices/INDEX-none
GET /_cat/count/INDEX?h=count
GET /_cat/indices/INDEX?h=index,docs.count,health&v
GET /_cat/indices/INDEX?h=index&s=nonsense
GET /_cat/shards/INDEX?h=index,shard,prirep,state
GET /_cat/aliases/INDEX*?v
GET /_cat/aliases/INDEX*?format=json&pretty
GET /_cat/aliases/INDEX*?format=yaml
GET /_cat/aliases/INDEX*?format=nonsense
GET /_cat/count/INDEX?h=count&format=json
GET /_resolve/index/INDEX*
GET /_resolve/index/INDEX-none
GET /nonsense/_nonsense
GET /_nonsense
GET /INDEX/_doc/1/_nonsense
POST /INDEX
PATCH /INDEX
POST /
DELETE /
PUT /_search {}
DELETE /_bulk
POST /_cat/indices
PUT /UPPER
PUT /_under
PUT /INDEX-bad {"settings":{"number_of_shards":0}}
PUT /INDEX-bad {"nonsense":1}
PUT /INDEX-bad {"mappings":
OPTIONS /INDEX
GET /INDEX//_search
GET /INDEX/_search/
GET /INDEX/_search?=x
GET /?nonsense
DELETE /INDEX-none
DELETE /INDEX-none?ignore_unavailable=true
--------
GET /
GET /?pretty
GET /_cluster/health
GET /_cluster/health?level=shards&pretty
GET /_cluster/state
GET /_cluster/state/metadata,routing_table/INDEX
GET /_cluster/stats
GET /_cluster/pending_tasks
GET /_cluster/settings?include_defaults=true
GET /_nodes
GET /_nodes/_local/http,os
GET /_nodes/stats
GET /_nodes/stats/jvm?human&pretty
GET /_nodes/usage
GET /_nodes/hot_threads
GET /_tasks
GET /_tasks?detailed&group_by=parents&pretty
GET /_tasks?group_by=none&format=yaml
GET /_stats
GET /INDEX/_stats
GET /INDEX/_stats/docs,store?level=shards
GET /INDEX/_segments
GET /INDEX/_recovery?human
GET /INDEX/_shard_stores?status=all
GET /INDEX/_search_shards
GET /INDEX/_settings
GET /_all/_settings
GET /_mapping
GET /_alias
GET /_template
GET /_index_template
GET /_component_template
GET /_data_stream
GET /_resolve/index/*
GET /INDEX/_search?scroll=1m&size=1
POST /INDEX/_pit?keep_alive=1m
POST /INDEX/_search/point_in_time?keep_alive=1m
POST /INDEX/_doc {"n":1}
POST /INDEX/_search {"profile":true}
POST /INDEX/_async_search?wait_for_completion_timeout=1s
GET /_remote/info
GET /_script_language
GET /_script_context
GET /_ingest/processor/grok
GET /_plugins/_security/whoami
GET /_security/_authenticate
GET /_license
GET /_xpack
GET /_ml/info
GET /_ilm/status
GET /_health_report
POST /_query {"query":"FROM INDEX"}
POST /_sql?format=txt {"query":"SELECT 1"}
POST /INDEX/_eql/search {"query":"any where true"}
GET /_features
GET /_cluster/allocation/explain
DELETE /INDEX
`

const CAT =
  'allocation fielddata health master nodeattrs nodes plugins recovery/INDEX repositories segments/INDEX shards/INDEX tasks templates thread_pool'.split(
    ' ',
  )
const FORMS = ['', '?v', '?help', '?format=json', '?format=yaml&v']

/** The calls of the table, in their order, with this name for `INDEX`. */
export function tableCalls(index: string): TableCall[] {
  const [stable = '', unstable = ''] = LINES.split(/\n-+\n/)
  const cat = CAT.flatMap(name => FORMS.map(form => `GET /_cat/${name}${form}`))
  const [last, ...rest] = linesIn(unstable).toReversed()
  return [
    ...linesIn(stable).map(line => callOf(line, false)),
    ...[...cat, ...rest, last as string].map(line => callOf(line, true)),
  ].map(call => ({
    ...call,
    path: call.path.replaceAll('INDEX', index),
    body: call.body?.replaceAll('INDEX', index),
  }))
}

const linesIn = (text: string): string[] => text.split('\n').filter(line => line !== '')

function callOf(line: string, isVolatile: boolean): TableCall {
  const [, exit, method = '', path = '', body] = /^(?:(\d+) )?(\w+) (\S+)(?: (.*))?$/.exec(line) ?? []
  return {
    method,
    path,
    body: body?.replaceAll('\\n', '\n'),
    exit: exit ? Number(exit) : undefined,
    isVolatile,
  }
}
