-- Runs as far as the index alone tells: one row a trace, without steps. Replaced once the trees are there.
INSERT INTO store.runs BY NAME
WITH told AS (SELECT
    coalesce(any_value(span_key) FILTER (parent_id IS NULL), min(span_key)) AS run_key, trace_id AS run_id, trace_id,
    coalesce(any_value(span_key) FILTER (parent_id IS NULL), min(span_key)) AS root_key,
    min(source_key) AS source_key, arg_min(session_id, span_key) AS session_id,
    coalesce(
        any_value(CASE WHEN starts_with(name, 'ai.') THEN coalesce(agent, name) ELSE name END)
            FILTER (parent_id IS NULL),
        any_value(name)) AS name,
    arg_min(agent, start_ns) AS agent, arg_min(user_id, span_key) AS user_id, arg_min(environment, span_key) AS environment,
    arg_min(version, span_key) AS version,
    coalesce(any_value(status) FILTER (parent_id IS NULL), 'unset') AS status,
    min(start_ns) AS start_ns, any_value(end_ns) FILTER (parent_id IS NULL) AS end_ns, count(*) AS spans,
    count(*) FILTER (kind = 'LLM') AS llm_calls, count(*) FILTER (kind = 'TOOL') AS tool_calls,
    count(*) FILTER (status = 'error') AS errors,
    arg_max(span_key, start_ns) FILTER (status = 'error') AS failed_key
FROM store.spans
GROUP BY id_scope, trace_id)
SELECT told.*, broken.span_id AS failed_span_id, coalesce(broken.tool_name, broken.name) AS failed_name,
    broken.error_type AS error_type, broken.error_message AS error_message
FROM told LEFT JOIN store.spans AS broken ON broken.span_key = told.failed_key
