-- The spans of a run as they are compared: tools offered by their keys, texts of calls whole, what model calls saw and said as keys of messages.
WITH here AS (
    SELECT p.span_key, p.position, p.depth, p.subtree_end, p.step, p.usage_role FROM store.places AS p WHERE p.run_key = $run_key),
used AS (
    SELECT m.span_key, m.side, m.position, m.message_key FROM store.span_messages AS m JOIN here USING (span_key)),
calls AS (
    SELECT u.span_key,
        list(u.message_key ORDER BY u.position)
            FILTER (u.side = 'input' AND b.role NOT IN ('system', 'developer')) AS given,
        list(u.message_key ORDER BY u.position)
            FILTER (u.side = 'input' AND b.role IN ('system', 'developer')) AS system,
        list(u.message_key) FILTER (u.side = 'input' AND b.role NOT IN ('system', 'developer', 'assistant')) AS seen,
        list(u.message_key ORDER BY u.position) FILTER (u.side = 'output') AS returned
    FROM used AS u JOIN store.message_bodies AS b USING (message_key) GROUP BY u.span_key),
spent AS (
    -- of lower bounds the difference says nothing
    SELECT span_key, CASE WHEN NOT bool_or(is_unpriced OR is_partly_priced) THEN sum(cost_usd) END AS cost_usd
    FROM store.money WHERE run_key = $run_key GROUP BY span_key),
kept AS (
    SELECT c.span_key, md5(string_agg(concat_ws(chr(31), c.op, c.store, c.scope, c.key, a.body), chr(30) ORDER BY c.seq)) AS state
    FROM store.state_changes AS c LEFT JOIN store.state_values AS a ON a.value_key = c.after_key
    WHERE c.run_key = $run_key AND c.op NOT IN ('read', 'search', 'noop')
        AND c.store <> 'files' -- what calls wrote is compared as calls
    GROUP BY c.span_key),
asked AS (
    SELECT u.span_key, list(q.tool_name ORDER BY u.position, q.part) AS names,
        list(coalesce(q.content, '') ORDER BY u.position, q.part) AS arguments
    FROM used AS u JOIN store.message_parts AS q USING (message_key)
    WHERE u.side = 'output' AND q.type = 'tool_call' GROUP BY u.span_key),
offered AS (
    SELECT t.span_key, list(t.tool_key ORDER BY d.name, t.position) AS tools
    FROM store.span_tools AS t JOIN here USING (span_key) JOIN store.tool_definitions AS d USING (tool_key)
    GROUP BY t.span_key),
executed AS (
    SELECT t.executed_key AS span_key, any_value(t.arguments) AS arguments, any_value(t.result) AS result
    FROM store.tool_calls AS t WHERE t.run_key = $run_key AND t.executed_key IS NOT NULL GROUP BY t.executed_key)
SELECT
    h.depth, h.subtree_end, coalesce(h.step, 0) AS step, s.kind, s.name, s.tool_name,
    coalesce(s.model, s.requested_model) AS model, s.status,
    c.given AS given_messages,
    CASE WHEN c.given IS NULL OR s.kind <> 'LLM' THEN coalesce(l.input, e.arguments) END AS given,
    c.returned AS returned_messages, CASE WHEN c.returned IS NULL THEN coalesce(l.output, e.result) END AS returned, c.system AS system_messages, c.seen,
    o.tools, l.parameters, CASE WHEN s.kind = 'LLM' THEN coalesce(s.model, s.requested_model) END AS asked_model,
    a.names AS asked_names, a.arguments AS asked,
    CASE WHEN s.end_ns >= s.start_ns THEN s.end_ns - s.start_ns ELSE s.took_ns END AS duration_ns,
    CASE WHEN h.usage_role = 'leaf' THEN coalesce(
        s.total_tokens, try_cast(s.input_tokens::HUGEINT + s.output_tokens AS BIGINT), s.input_tokens, s.output_tokens, -1)
        ELSE -1 END AS tokens,
    w.cost_usd, k.state
FROM here AS h
JOIN store.spans AS s USING (span_key)
LEFT JOIN store.payloads AS l USING (span_key)
LEFT JOIN calls AS c USING (span_key)
LEFT JOIN asked AS a USING (span_key)
LEFT JOIN offered AS o USING (span_key)
LEFT JOIN executed AS e USING (span_key)
LEFT JOIN spent AS w USING (span_key)
LEFT JOIN kept AS k USING (span_key)
ORDER BY h.position
