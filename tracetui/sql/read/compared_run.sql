-- The spans of a run as they are compared: texts of tools whole, what model calls saw and said as hashes of content.
WITH here AS (
    SELECT p.span_key, p.position, p.depth, p.subtree_end, p.step, p.usage_role FROM store.places AS p WHERE p.run_key = $run_key),
used AS (
    SELECT m.span_key, m.side, m.position, m.message_key FROM store.span_messages AS m JOIN here USING (span_key)),
content AS (
    SELECT b.message_key, b.role, md5(concat_ws(chr(31), b.role, b.name, string_agg(
        concat_ws(chr(31), q.type, coalesce(q.tool_name, ''), coalesce(q.content, '')), chr(30) ORDER BY q.part))) AS hash
    FROM (SELECT DISTINCT message_key FROM used) AS u
    JOIN store.message_bodies AS b USING (message_key)
    LEFT JOIN store.message_parts AS q USING (message_key)
    GROUP BY b.message_key, b.role, b.name),
calls AS (
    SELECT u.span_key,
        md5(string_agg(c.hash, '' ORDER BY u.position)
            FILTER (u.side = 'input' AND c.role NOT IN ('system', 'developer'))) AS given,
        md5(string_agg(c.hash, '' ORDER BY u.position)
            FILTER (u.side = 'input' AND c.role IN ('system', 'developer'))) AS system,
        md5(string_agg(c.hash, '' ORDER BY u.position) FILTER (u.side = 'output')) AS returned
    FROM used AS u JOIN content AS c USING (message_key) GROUP BY u.span_key),
asked AS (
    SELECT u.span_key, list(q.tool_name ORDER BY u.position, q.part) AS names,
        list(coalesce(q.content, '') ORDER BY u.position, q.part) AS arguments
    FROM used AS u JOIN store.message_parts AS q USING (message_key)
    WHERE u.side = 'output' AND q.type = 'tool_call' GROUP BY u.span_key),
offered AS (
    SELECT t.span_key, md5(string_agg(concat_ws(chr(31), d.name, d.description, d.schema), chr(30) ORDER BY d.name)) AS tools
    FROM store.span_tools AS t JOIN here USING (span_key) JOIN store.tool_definitions AS d USING (tool_key)
    GROUP BY t.span_key),
executed AS (
    SELECT t.executed_key AS span_key, any_value(t.arguments) AS arguments, any_value(t.result) AS result
    FROM store.tool_calls AS t WHERE t.run_key = $run_key AND t.executed_key IS NOT NULL GROUP BY t.executed_key)
SELECT
    h.depth, h.subtree_end, coalesce(h.step, 0) AS step, s.kind, s.name, s.tool_name,
    coalesce(s.model, s.requested_model) AS model, s.status,
    coalesce(c.given, l.input, e.arguments) AS given, coalesce(c.returned, l.output, e.result) AS returned,
    concat_ws(chr(31), c.system, o.tools, l.parameters, CASE WHEN s.kind = 'LLM' THEN coalesce(s.model, s.requested_model) END)
        AS settings,
    a.names, a.arguments,
    CASE WHEN s.end_ns >= s.start_ns THEN s.end_ns - s.start_ns END AS duration_ns,
    CASE WHEN h.usage_role = 'leaf' THEN coalesce(
        s.total_tokens, try_cast(s.input_tokens::HUGEINT + s.output_tokens AS BIGINT), s.input_tokens, s.output_tokens, -1)
        ELSE -1 END AS tokens,
    CASE WHEN h.usage_role = 'leaf' THEN coalesce(try_cast(s.cost_usd * 1000000 AS BIGINT), -1) ELSE -1 END
        AS cost_microusd
FROM here AS h
JOIN store.spans AS s USING (span_key)
LEFT JOIN store.payloads AS l USING (span_key)
LEFT JOIN calls AS c USING (span_key)
LEFT JOIN asked AS a USING (span_key)
LEFT JOIN offered AS o USING (span_key)
LEFT JOIN executed AS e USING (span_key)
ORDER BY h.position
