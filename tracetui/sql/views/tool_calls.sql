CREATE VIEW tool_calls AS
SELECT
    r.run_id, t.tool_call_id, t.name, t.arguments, t.result, t.status, t.error_message,
    a.span_id AS requested_by, e.span_id AS executed_by, t.step, make_timestamp_ns(t.start_ns) AS started_at,
    t.duration_ns, t.attempt
FROM store.tool_calls AS t
JOIN store.runs AS r USING (run_key)
LEFT JOIN store.spans AS a ON a.span_key = t.requested_key
LEFT JOIN store.spans AS e ON e.span_key = t.executed_key;

COMMENT ON VIEW tool_calls IS 'One row per tool call, with the call that asked for it joined to the span that executed it.';
COMMENT ON COLUMN tool_calls.run_id IS 'run of the call';
COMMENT ON COLUMN tool_calls.tool_call_id IS 'id given by the model';
COMMENT ON COLUMN tool_calls.name IS 'tool';
COMMENT ON COLUMN tool_calls.arguments IS 'arguments as recorded';
COMMENT ON COLUMN tool_calls.result IS 'result as recorded';
COMMENT ON COLUMN tool_calls.status IS 'status of the execution; unset where only the result is known, unfinished where neither is';
COMMENT ON COLUMN tool_calls.error_message IS 'error of the execution';
COMMENT ON COLUMN tool_calls.requested_by IS 'span of the model call that asked for it';
COMMENT ON COLUMN tool_calls.executed_by IS 'span that executed it';
COMMENT ON COLUMN tool_calls.step IS 'step of the execution, else of the request';
COMMENT ON COLUMN tool_calls.started_at IS 'start of the execution, UTC';
COMMENT ON COLUMN tool_calls.duration_ns IS 'nanoseconds of the execution';
COMMENT ON COLUMN tool_calls.attempt IS 'how many times the run had made the same call by then, this one included';
