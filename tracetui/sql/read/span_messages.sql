-- Messages of one span, part by part; new are those that the previous call of the agent in the conversation lacks.
-- A call below the same agent's span comes first, as several agents of one name may be at work at a time; the first
-- call of an agent may have been handed the conversation of another.
WITH this AS (
    SELECT coalesce(r.session_id, r.run_id) AS conversation, p.run_key, p.agent_key, s.start_ns, p.position,
        coalesce(s.agent, a.agent, a.name) AS agent
    FROM store.places AS p JOIN store.runs AS r USING (run_key) JOIN store.spans AS s USING (span_key)
    LEFT JOIN store.spans AS a ON a.span_key = p.agent_key
    WHERE p.span_key = $span_key),
previous AS (
    SELECT arg_max(p.span_key, (
        coalesce(s.agent, a.agent, a.name) IS NOT DISTINCT FROM this.agent,
        coalesce(p.run_key = this.run_key AND p.agent_key = this.agent_key, false), s.start_ns, p.position)) AS span_key
    FROM this
    JOIN store.runs AS r ON coalesce(r.session_id, r.run_id) = this.conversation
    JOIN store.places AS p ON p.run_key = r.run_key AND p.step IS NOT NULL
    JOIN store.spans AS s ON s.span_key = p.span_key AND s.kind = 'LLM'
        AND (s.start_ns, p.position) < (this.start_ns, this.position)
    LEFT JOIN store.spans AS a ON a.span_key = p.agent_key),
seen AS (
    SELECT DISTINCT coalesce(l.message_key, g.place) AS message_key
    FROM (
        SELECT list_key, unnest(range(first, first + length)) AS place
        FROM store.message_ranges WHERE span_key = (SELECT span_key FROM previous)) AS g
    LEFT JOIN store.message_lists AS l ON l.list_key = g.list_key AND l.place = g.place)
SELECT m.side, m.position, b.role, b.name, m.finish_reason,
    m.side = 'output' OR m.message_key NOT IN (FROM seen) AS is_new,
    q.type, q.content, q.tool_call_id, q.tool_name, q.mime_type, q.size_bytes, q.is_error
FROM store.span_messages AS m
JOIN store.message_bodies AS b USING (message_key)
LEFT JOIN store.message_parts AS q USING (message_key)
WHERE m.span_key = $span_key
ORDER BY m.side, m.position, q.part
