SELECT
    r.run_id, r.trace_id, r.session_id, s.source, coalesce(s.format, '') AS format, r.name, r.agent, r.user_id,
    r.status, r.start_ns, r.end_ns, CASE WHEN r.end_ns >= r.start_ns THEN r.end_ns - r.start_ns ELSE r.took_ns END AS duration_ns,
    r.spans, r.steps, r.llm_calls, r.tool_calls, r.errors, r.recovered_errors, r.failed_step,
    r.steps_before_failure, r.failed_span_id, r.failed_name, r.error_type, r.error_message,
    coalesce(r.models, []) AS models, r.input_tokens, r.output_tokens, r.total_tokens, r.cost_usd,
    r.priced_calls, r.unpriced_calls, r.duplicate_of, r.incomplete, r.computed_calls, r.partly_priced_calls, r.unsized_calls, coalesce(c.sources, []) AS copies
FROM /*runs*/ AS r
JOIN store.sources AS s USING (source_key)
LEFT JOIN (
    SELECT pair.run_key, list_sort(list(DISTINCT o.source)) AS sources
    FROM (
        SELECT d.run_key, k.source_key FROM store.runs AS d JOIN store.runs AS k ON k.run_id = d.duplicate_of
        UNION ALL
        SELECT k.run_key, d.source_key FROM store.runs AS d JOIN store.runs AS k ON k.run_id = d.duplicate_of) AS pair
    JOIN store.sources AS o ON o.source_key = pair.source_key
    GROUP BY pair.run_key) AS c ON c.run_key = r.run_key
WHERE /*condition*/
