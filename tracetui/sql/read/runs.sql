SELECT
    r.run_id, r.trace_id, r.session_id, s.source, coalesce(s.format, '') AS format, r.name, r.agent, r.user_id,
    r.status, r.start_ns, r.end_ns, CASE WHEN r.end_ns >= r.start_ns THEN r.end_ns - r.start_ns ELSE r.took_ns END AS duration_ns,
    r.spans, r.steps, r.llm_calls, r.tool_calls, r.errors, r.recovered_errors, r.failed_step,
    r.steps_before_failure, r.failed_span_id, r.failed_name, r.error_type, r.error_message,
    coalesce(r.models, []) AS models, r.input_tokens, r.output_tokens, r.total_tokens, r.cost_usd,
    r.priced_calls, r.unpriced_calls, r.duplicate_of, r.incomplete, r.computed_calls, r.partly_priced_calls, r.unsized_calls
FROM /*runs*/ AS r
JOIN store.sources AS s USING (source_key)
WHERE /*condition*/
