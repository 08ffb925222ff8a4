CREATE VIEW steps AS
SELECT
    r.run_id, p.step, s.span_id, p.parent_step, s.kind, s.name, s.agent, s.status, s.error_type, s.error_message,
    make_timestamp_ns(s.start_ns) AS started_at,
    CASE WHEN s.end_ns >= s.start_ns THEN s.end_ns - s.start_ns ELSE s.took_ns END AS duration_ns,
    coalesce(s.model, s.requested_model) AS model, s.tool_name, c.input_tokens, c.output_tokens,
    coalesce(c.cost_usd, t.cost_usd) AS cost_usd,
    CASE WHEN count(*) OVER same > 1 THEN min(p.step) OVER same END AS repeat_group,
    row_number() OVER (
        PARTITION BY p.run_key, s.kind, coalesce(s.tool_name, s.name), l.input ORDER BY p.step) AS attempt
FROM store.spans AS s
JOIN store.places AS p USING (span_key)
JOIN store.runs AS r USING (run_key)
LEFT JOIN store.payloads AS l ON l.span_key = s.span_key
-- a call that a wrapper reports stands at the step inside it
LEFT JOIN (
    SELECT run_key, step, sum(input_tokens)::BIGINT AS input_tokens, sum(output_tokens)::BIGINT AS output_tokens,
        try_cast(sum(cost_usd) AS DECIMAL(24, 12)) AS cost_usd
    FROM store.calls WHERE is_call AND step IS NOT NULL GROUP BY ALL) AS c ON c.run_key = p.run_key AND c.step = p.step
LEFT JOIN store.tool_costs AS t ON t.span_key = p.span_key
WHERE p.step IS NOT NULL
WINDOW same AS (PARTITION BY p.run_key, s.kind, coalesce(s.tool_name, s.name), l.input);

COMMENT ON VIEW steps IS 'One row per step: a span that moves the agent, numbered in start order within its run.';
COMMENT ON COLUMN steps.run_id IS 'run that the step belongs to';
COMMENT ON COLUMN steps.step IS 'number from 1';
COMMENT ON COLUMN steps.span_id IS 'its span';
COMMENT ON COLUMN steps.parent_step IS 'nearest step above it in the tree';
COMMENT ON COLUMN steps.kind IS 'LLM, TOOL, RETRIEVER, EMBEDDING, RERANKER, GUARDRAIL, EVALUATOR, HANDOFF, APPROVAL or MEMORY';
COMMENT ON COLUMN steps.name IS 'name as recorded';
COMMENT ON COLUMN steps.agent IS 'agent that took it, where recorded';
COMMENT ON COLUMN steps.status IS 'ok, error, interrupted, unfinished or unset';
COMMENT ON COLUMN steps.error_type IS 'type of its error';
COMMENT ON COLUMN steps.error_message IS 'first line of its error';
COMMENT ON COLUMN steps.started_at IS 'start, UTC';
COMMENT ON COLUMN steps.duration_ns IS 'nanoseconds from start to end';
COMMENT ON COLUMN steps.model IS 'model that answered, else the one asked for';
COMMENT ON COLUMN steps.tool_name IS 'tool that was called';
COMMENT ON COLUMN steps.input_tokens IS 'input tokens of its model call, cached ones included';
COMMENT ON COLUMN steps.output_tokens IS 'output tokens of its model call, reasoning included';
COMMENT ON COLUMN steps.cost_usd IS 'cost as reported, else as computed';
COMMENT ON COLUMN steps.repeat_group IS 'first step with the same operation and input, where it was repeated';
COMMENT ON COLUMN steps.attempt IS 'how many times the run had done the same by then, this one included';
