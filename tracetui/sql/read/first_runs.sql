-- A first look at the runs while the rest is still being read: one row a trace, as its spans so far show it.
SELECT
    s.trace_id AS run_id, any_value(o.source) AS source, any_value(o.format) AS format,
    coalesce(any_value(s.name) FILTER (s.parent_id IS NULL), arg_min(s.name, s.start_ns)) AS name,
    arg_min(s.agent, s.start_ns) AS agent,
    coalesce(any_value(s.status) FILTER (s.parent_id IS NULL), 'unset') AS status,
    min(s.start_ns) AS start_ns,
    any_value(s.end_ns) FILTER (s.parent_id IS NULL) AS end_ns,
    count(*) OVER () AS run_count,
    count(*) AS spans, count(*) FILTER (s.kind = 'LLM') AS llm_calls, count(*) FILTER (s.kind = 'TOOL') AS tool_calls,
    count(*) FILTER (s.status = 'error' AND f.parent_id IS NULL) AS errors,
    arg_max(s.error_type, s.start_ns) FILTER (s.status = 'error') AS error_type,
    arg_max(s.error_message, s.start_ns) FILTER (s.status = 'error') AS error_message
FROM store.spans AS s LEFT JOIN store.sources AS o USING (source_key)
LEFT JOIN (  -- a span that passed on the error of another is not one more error
    SELECT DISTINCT id_scope, trace_id, parent_id FROM store.spans WHERE status = 'error' AND parent_id IS NOT NULL
) AS f ON s.status = 'error' AND (f.id_scope, f.trace_id, f.parent_id) = (s.id_scope, s.trace_id, s.span_id)
GROUP BY s.trace_id
ORDER BY min(s.span_key)
LIMIT 200
