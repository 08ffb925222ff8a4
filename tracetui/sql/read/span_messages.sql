-- Messages of one span, part by part; new are those that the previous call of the agent in the conversation lacks.
-- A call below the same agent's span comes first, as several agents of one name may be at work at a time.
WITH this AS (
    SELECT coalesce(r.session_id, r.run_id) AS conversation, p.run_key, s.start_ns, p.position,
        coalesce(s.agent, '') AS agent
    FROM store.places AS p JOIN store.runs AS r USING (run_key) JOIN store.spans AS s USING (span_key)
    WHERE p.span_key = $span_key),
agents AS (
    SELECT p.position, p.subtree_end
    FROM this JOIN store.places AS p USING (run_key) JOIN store.spans AS s USING (span_key)
    WHERE s.kind = 'AGENT'),
own AS (
    SELECT max(a.position) AS position, arg_max(a.subtree_end, a.position) AS subtree_end
    FROM this, agents AS a WHERE this.position >= a.position AND this.position < a.subtree_end),
previous AS (
    SELECT arg_max(p.span_key, (
        coalesce(p.run_key = this.run_key AND p.position > own.position AND p.position < own.subtree_end
            AND NOT EXISTS (SELECT 1 FROM agents AS a
                WHERE a.position > own.position AND a.position <= p.position AND p.position < a.subtree_end), false),
        s.start_ns, p.position)) AS span_key
    FROM this, own
    JOIN store.runs AS r ON coalesce(r.session_id, r.run_id) = this.conversation
    JOIN store.places AS p ON p.run_key = r.run_key AND p.step IS NOT NULL
    JOIN store.spans AS s ON s.span_key = p.span_key AND s.kind = 'LLM' AND coalesce(s.agent, '') = this.agent
        AND (s.start_ns, p.position) < (this.start_ns, this.position))
SELECT m.side, m.position, b.role, b.name, m.finish_reason,
    m.side = 'output' OR NOT EXISTS (
        SELECT 1 FROM store.span_messages AS o, previous AS q
        WHERE o.span_key = q.span_key AND o.message_key = m.message_key) AS is_new,
    q.type, q.content, q.tool_call_id, q.tool_name, q.mime_type, q.size_bytes, q.is_error
FROM store.span_messages AS m
JOIN store.message_bodies AS b USING (message_key)
LEFT JOIN store.message_parts AS q USING (message_key)
WHERE m.span_key = $span_key
ORDER BY m.side, m.position, q.part
