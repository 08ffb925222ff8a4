-- A tool call is asked for by a message of a model call and executed by a tool span; both sides are joined by call
-- id within the conversation, else the n-th request of a tool with the n-th execution of it. Some sources use an id
-- again: what a model gives out under the same id for another tool or with other arguments is another call.
INSERT INTO store.tool_calls BY NAME
WITH parts AS (
    SELECT p.run_key, coalesce(r.session_id, r.run_id) AS conversation, p.position, p.step, p.span_key, m.side,
        m.position AS message, q.part, q.type, q.content, q.tool_call_id, q.tool_name, q.is_error, s.start_ns,
        CASE WHEN q.type = 'tool_call' AND m.side = 'output' AND p.step IS NOT NULL
            THEN (q.tool_name, coalesce(try(json(q.content)::VARCHAR), q.content)) END AS given_out
    FROM store.span_messages AS m
    JOIN store.message_parts AS q USING (message_key)
    JOIN store.places AS p USING (span_key)
    JOIN store.runs AS r USING (run_key)
    JOIN store.spans AS s USING (span_key)
    WHERE q.type IN ('tool_call', 'tool_result')),
-- the innermost span that gave the call out; a history that repeats it later does not count
innermost AS (
    SELECT * FROM parts WHERE type = 'tool_call'
    QUALIFY CASE
        WHEN tool_call_id IS NULL THEN given_out IS NOT NULL
        ELSE row_number() OVER (
            PARTITION BY conversation, tool_call_id, given_out
            ORDER BY side <> 'output', step IS NULL, start_ns, position, message, part) = 1
            AND (given_out IS NOT NULL OR count(given_out) OVER (PARTITION BY conversation, tool_call_id) = 0) END),
requests AS (
    SELECT *, row_number() OVER (
        PARTITION BY conversation, tool_call_id ORDER BY start_ns, position, message, part) AS nth_use
    FROM innermost),
results AS (
    SELECT conversation, tool_call_id, nth_use, arg_min(content, (start_ns, position)) AS content,
        bool_or(is_error) AS is_error
    FROM (
        SELECT *, dense_rank() OVER (PARTITION BY conversation, tool_call_id, span_key ORDER BY message) AS nth_use
        FROM parts WHERE type = 'tool_result' AND tool_call_id IS NOT NULL)
    GROUP BY conversation, tool_call_id, nth_use),
executions AS (
    SELECT p.run_key, coalesce(r.session_id, r.run_id) AS conversation, p.position, p.step, s.span_key, s.tool_call_id,
        coalesce(s.tool_name, s.name) AS name, s.status, s.error_message, s.start_ns, s.end_ns, s.took_ns, l.input, l.output
    FROM store.places AS p
    JOIN store.runs AS r USING (run_key)
    JOIN store.spans AS s USING (span_key)
    LEFT JOIN store.payloads AS l USING (span_key)
    WHERE s.kind = 'TOOL' AND p.step IS NOT NULL),
by_id AS (
    SELECT r.span_key AS requested_key, r.message, r.part, e.span_key AS executed_key
    FROM requests AS r
    JOIN executions AS e ON e.conversation = r.conversation AND e.tool_call_id = r.tool_call_id
    QUALIFY row_number() OVER (
        PARTITION BY e.span_key
        ORDER BY r.tool_name IS DISTINCT FROM e.name, coalesce(r.start_ns <= e.start_ns, r.position < e.position) DESC,
            r.start_ns DESC NULLS LAST, r.position DESC, r.message DESC, r.part DESC) = 1),
open_requests AS (
    SELECT r.*, row_number() OVER (
        PARTITION BY conversation, tool_name ORDER BY start_ns, position, message, part) AS nth
    FROM requests AS r ANTI JOIN by_id AS b
        ON b.requested_key = r.span_key AND b.message = r.message AND b.part = r.part),
open_executions AS (
    SELECT e.*, row_number() OVER (PARTITION BY conversation, name ORDER BY start_ns, position) AS nth
    FROM executions AS e ANTI JOIN by_id AS b ON b.executed_key = e.span_key
    WHERE e.tool_call_id IS NULL),
pairs AS (
    SELECT requested_key, message, part, executed_key FROM by_id
    UNION ALL
    SELECT r.span_key, r.message, r.part, e.span_key
    FROM open_requests AS r JOIN open_executions AS e
        ON e.conversation = r.conversation AND e.name = r.tool_name AND e.nth = r.nth
        AND (r.side = 'input' OR e.start_ns >= r.start_ns OR (e.run_key = r.run_key AND e.position > r.position))),
joined AS (
    SELECT
        coalesce(e.run_key, r.run_key) AS run_key, coalesce(r.tool_call_id, e.tool_call_id) AS tool_call_id,
        coalesce(r.tool_name, e.name) AS name, coalesce(r.content, e.input) AS arguments,
        -- the result message is that of the last try
        coalesce(e.output, CASE WHEN e.span_key IS NULL OR row_number() OVER (
            PARTITION BY r.span_key, r.message, r.part ORDER BY e.start_ns DESC, e.position DESC) = 1
            THEN t.content END) AS result,
        CASE
            WHEN e.span_key IS NOT NULL THEN e.status
            WHEN t.is_error THEN 'error'
            WHEN t.content IS NOT NULL THEN 'unset'
            ELSE 'unfinished' END AS status,
        e.error_message, r.span_key AS requested_key, e.span_key AS executed_key,
        coalesce(e.step, r.step) AS step, coalesce(e.start_ns, r.start_ns) AS start_ns,
        CASE WHEN e.end_ns >= e.start_ns THEN e.end_ns - e.start_ns ELSE e.took_ns END AS duration_ns,
        coalesce(e.position, r.position) AS position
    FROM requests AS r
    LEFT JOIN pairs AS p ON p.requested_key = r.span_key AND p.message = r.message AND p.part = r.part
    FULL JOIN executions AS e ON e.span_key = p.executed_key
    LEFT JOIN results AS t ON t.conversation = r.conversation AND t.tool_call_id = r.tool_call_id
        AND t.nth_use = r.nth_use)
SELECT * EXCLUDE (position),
    row_number() OVER (PARTITION BY run_key, name, arguments ORDER BY position) AS attempt
FROM joined;
