CREATE VIEW runs AS
SELECT
    r.run_id, r.trace_id, r.session_id, s.source, s.format, r.name, r.agent, r.user_id, r.environment, r.version,
    r.tags, r.metadata::JSON AS metadata, r.status,
    make_timestamp_ns(r.start_ns) AS started_at, make_timestamp_ns(r.end_ns) AS ended_at,
    CASE WHEN r.end_ns >= r.start_ns THEN r.end_ns - r.start_ns ELSE r.took_ns END AS duration_ns,
    r.spans, r.steps, r.llm_calls, r.tool_calls, r.errors, r.recovered_errors, r.failed_step, r.steps_before_failure,
    r.failed_span_id, r.error_type, r.error_message, r.models,
    r.input_tokens, r.output_tokens, r.total_tokens, r.cache_read_tokens,
    r.cost_usd, r.priced_calls, r.unpriced_calls, r.computed_calls, r.duplicate_of, r.incomplete, l.input, l.output,
    r.partly_priced_calls, r.unsized_calls
FROM store.priced_runs AS r
JOIN store.sources AS s USING (source_key)
LEFT JOIN store.payloads AS l ON l.span_key = r.root_key;

COMMENT ON VIEW runs IS 'One row per run: an execution from a root span to its end.';
COMMENT ON COLUMN runs.run_id IS 'the trace id, or trace id:root span id where a trace holds several runs; with @1, @2 … where several sources use the same ids';
COMMENT ON COLUMN runs.trace_id IS 'trace that the run belongs to';
COMMENT ON COLUMN runs.session_id IS 'conversation that the run belongs to';
COMMENT ON COLUMN runs.source IS 'file of the root span';
COMMENT ON COLUMN runs.format IS 'format of that file';
COMMENT ON COLUMN runs.name IS 'name of the root span, or of the trace where the source names it';
COMMENT ON COLUMN runs.agent IS 'first agent named in the run';
COMMENT ON COLUMN runs.user_id IS 'user, where recorded';
COMMENT ON COLUMN runs.environment IS 'deployment environment, where recorded';
COMMENT ON COLUMN runs.version IS 'version of the service, where recorded';
COMMENT ON COLUMN runs.tags IS 'labels of the run';
COMMENT ON COLUMN runs.metadata IS 'further facts about the run, as JSON';
COMMENT ON COLUMN runs.status IS 'ok, error, interrupted (waits for a human; stopped where it has an error type), unfinished (no end) or unset (the source does not say)';
COMMENT ON COLUMN runs.started_at IS 'start of the root span, UTC';
COMMENT ON COLUMN runs.ended_at IS 'end of the root span, UTC';
COMMENT ON COLUMN runs.duration_ns IS 'nanoseconds from start to end; NULL where a time is unknown';
COMMENT ON COLUMN runs.spans IS 'spans of the run';
COMMENT ON COLUMN runs.steps IS 'steps of the run';
COMMENT ON COLUMN runs.llm_calls IS 'model calls, wrappers and roll-ups not counted';
COMMENT ON COLUMN runs.tool_calls IS 'tool executions';
COMMENT ON COLUMN runs.errors IS 'spans that raised; ancestors that passed an error on do not count';
COMMENT ON COLUMN runs.recovered_errors IS 'errors that the run survived';
COMMENT ON COLUMN runs.failed_step IS 'number of the step that failed; NULL where the run failed outside its steps, as an agent out of turns';
COMMENT ON COLUMN runs.steps_before_failure IS 'number of the last step that stands before the end of the failure';
COMMENT ON COLUMN runs.failed_span_id IS 'where the run failed: the deepest span that raised, or the guardrail that tripped';
COMMENT ON COLUMN runs.error_type IS 'type of that error';
COMMENT ON COLUMN runs.error_message IS 'message of that error';
COMMENT ON COLUMN runs.models IS 'models called';
COMMENT ON COLUMN runs.input_tokens IS 'input tokens of its model calls, cached ones included; NULL where nothing was reported';
COMMENT ON COLUMN runs.output_tokens IS 'output tokens of its model calls';
COMMENT ON COLUMN runs.total_tokens IS 'all tokens of its model calls';
COMMENT ON COLUMN runs.cache_read_tokens IS 'input tokens read from a cache';
COMMENT ON COLUMN runs.cost_usd IS 'cost as reported, else as computed; a lower bound where unpriced_calls or partly_priced_calls is not 0';
COMMENT ON COLUMN runs.priced_calls IS 'model calls with a known cost; what a span reports beyond the calls below it counts as one';
COMMENT ON COLUMN runs.unpriced_calls IS 'model calls whose cost is unknown, counted in the same way';
COMMENT ON COLUMN runs.computed_calls IS 'model calls whose cost is computed from prices, not reported';
COMMENT ON COLUMN runs.duplicate_of IS 'run of another export that is this run too and stands for it in totals';
COMMENT ON COLUMN runs.incomplete IS 'what the export lacks of the run, where its vendor shortened, sampled or redacted it';
COMMENT ON COLUMN runs.input IS 'input of the root span';
COMMENT ON COLUMN runs.output IS 'output of the root span';
COMMENT ON COLUMN runs.partly_priced_calls IS 'priced calls whose computed cost leaves out tokens that nobody counts or tells apart';
COMMENT ON COLUMN runs.unsized_calls IS 'unpriced calls whose price depends on the size of each call, of which only a sum is told';
