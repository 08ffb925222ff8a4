CREATE VIEW llm_calls AS
SELECT
    r.run_id, s.span_id, coalesce(p.step, p.call_step) AS step, s.agent, coalesce(s.model, s.requested_model) AS model,
    s.requested_model, s.provider, l.finish_reasons, l.parameters::JSON AS parameters,
    s.input_tokens, s.output_tokens, s.cache_read_tokens, s.cache_write_tokens, s.reasoning_tokens,
    coalesce(s.total_tokens, try_cast(s.input_tokens::HUGEINT + s.output_tokens AS BIGINT)) AS total_tokens,
    s.ttft_ns, CASE WHEN s.end_ns >= s.start_ns THEN s.end_ns - s.start_ns END AS duration_ns,
    s.cost_usd, CASE WHEN s.cost_usd IS NULL THEN 'unknown' ELSE 'reported' END AS cost_source
FROM store.spans AS s
JOIN store.places AS p USING (span_key)
JOIN store.runs AS r USING (run_key)
LEFT JOIN store.payloads AS l ON l.span_key = s.span_key
WHERE p.is_counted AND r.duplicate_of IS NULL;

COMMENT ON VIEW llm_calls IS 'One row per counted model call: no wrappers, no roll-ups, no duplicates, so sums are right.';
COMMENT ON COLUMN llm_calls.run_id IS 'run that made the call';
COMMENT ON COLUMN llm_calls.span_id IS 'span that reports it';
COMMENT ON COLUMN llm_calls.step IS 'its step';
COMMENT ON COLUMN llm_calls.agent IS 'agent that made it, where recorded';
COMMENT ON COLUMN llm_calls.model IS 'model that answered, else the one asked for';
COMMENT ON COLUMN llm_calls.requested_model IS 'model asked for';
COMMENT ON COLUMN llm_calls.provider IS 'provider of the model';
COMMENT ON COLUMN llm_calls.finish_reasons IS 'why the model stopped';
COMMENT ON COLUMN llm_calls.parameters IS 'parameters of the request';
COMMENT ON COLUMN llm_calls.input_tokens IS 'input tokens, cached ones included where the source says so';
COMMENT ON COLUMN llm_calls.output_tokens IS 'output tokens, reasoning included where the source says so';
COMMENT ON COLUMN llm_calls.cache_read_tokens IS 'input tokens read from a cache';
COMMENT ON COLUMN llm_calls.cache_write_tokens IS 'input tokens written to a cache';
COMMENT ON COLUMN llm_calls.reasoning_tokens IS 'output tokens spent on reasoning';
COMMENT ON COLUMN llm_calls.total_tokens IS 'total as reported, else input and output';
COMMENT ON COLUMN llm_calls.ttft_ns IS 'nanoseconds to the first token, where recorded';
COMMENT ON COLUMN llm_calls.duration_ns IS 'nanoseconds from start to end';
COMMENT ON COLUMN llm_calls.cost_usd IS 'cost as reported; NULL where unknown';
COMMENT ON COLUMN llm_calls.cost_source IS 'reported or unknown';
