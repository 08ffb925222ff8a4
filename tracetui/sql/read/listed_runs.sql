-- Runs as a file itself shows them, before anything of it is loaded; `listed_spans` is put in by tracetui.store.listing.
-- Which ids count is asked of the groups: a condition on spans would be asked before they are decoded, each time with the text.
FROM (SELECT
    any_value(trace_id) AS run_id, $source AS source, $format AS format,
    coalesce(any_value(name) FILTER (parent_id IS NULL), arg_min(name, start_ns)) AS name,
    arg_min(agent, start_ns) AS agent,
    coalesce(any_value(status) FILTER (parent_id IS NULL), 'unset') AS status,
    min(start_ns) AS start_ns, any_value(end_ns) FILTER (parent_id IS NULL) AS end_ns,
    count(*) AS spans, count(*) FILTER (kind = 'LLM') AS llm_calls, count(*) FILTER (kind = 'TOOL') AS tool_calls,
    count(*) FILTER (status = 'error') AS errors,
    arg_max(error_type, start_ns) FILTER (status = 'error') AS error_type,
    arg_max(error_message, start_ns) FILTER (status = 'error') AS error_message
FROM listed_spans
GROUP BY trace_id)
WHERE /*is_listed*/
ORDER BY status NOT IN ('error', 'interrupted'), start_ns DESC
LIMIT 1000
