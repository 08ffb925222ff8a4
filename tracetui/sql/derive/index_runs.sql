-- Runs as far as the index alone tells: one row a trace, without steps. Replaced once the trees are there.
INSERT INTO store.runs BY NAME
SELECT * EXCLUDE (broken), broken.span_key AS failed_key, broken.span_id AS failed_span_id,
    broken.name AS failed_name, broken.error_type AS error_type, broken.error_message AS error_message
FROM (SELECT
    coalesce(any_value(span_key) FILTER (parent_id IS NULL), min(span_key)) AS run_key, trace_id AS run_id, trace_id,
    coalesce(any_value(span_key) FILTER (parent_id IS NULL), min(span_key)) AS root_key,
    min(source_key) AS source_key, min(session_id) AS session_id,
    coalesce(
        any_value(CASE WHEN starts_with(name, 'ai.') THEN coalesce(agent, name) ELSE name END)
            FILTER (parent_id IS NULL),
        any_value(name)) AS name,
    arg_min(agent, start_ns) AS agent, min(user_id) AS user_id, min(environment) AS environment,
    min(version) AS version,
    coalesce(any_value(status) FILTER (parent_id IS NULL), 'unset') AS status,
    min(start_ns) AS start_ns, any_value(end_ns) FILTER (parent_id IS NULL) AS end_ns, count(*) AS spans,
    count(*) FILTER (kind = 'LLM') AS llm_calls, count(*) FILTER (kind = 'TOOL') AS tool_calls,
    count(*) FILTER (status = 'error') AS errors,
    arg_max({
        'span_key': span_key, 'span_id': span_id, 'name': coalesce(tool_name, name), 'error_type': error_type,
        'error_message': error_message}, start_ns) FILTER (status = 'error') AS broken
FROM store.spans
GROUP BY id_scope, trace_id)
