CREATE VIEW context_changes AS
WITH agents AS (
    SELECT p.run_key, p.position, p.subtree_end
    FROM store.places AS p JOIN store.spans AS s USING (span_key) WHERE s.kind = 'AGENT'),
placed AS (
    SELECT p.span_key, any_value(p.run_key) AS run_key, any_value(p.position) AS position, any_value(p.step) AS step,
        max(a.position) AS owner, any_value(s.start_ns) AS start_ns, any_value(coalesce(s.agent, '')) AS agent,
        any_value(coalesce(r.session_id, r.run_id)) AS conversation
    FROM store.places AS p JOIN store.runs AS r USING (run_key) JOIN store.spans AS s USING (span_key)
    LEFT JOIN agents AS a ON a.run_key = p.run_key AND p.position >= a.position AND p.position < a.subtree_end
    WHERE s.kind = 'LLM' AND p.step IS NOT NULL
    GROUP BY p.span_key),
calls AS (
    SELECT *, coalesce(
        CASE WHEN owner IS NOT NULL THEN lag(span_key) OVER (
            PARTITION BY conversation, agent, run_key, owner ORDER BY start_ns, position) END,
        lag(span_key) OVER (PARTITION BY conversation, agent ORDER BY start_ns, position)) AS previous_key
    FROM placed),
held AS (
    SELECT m.span_key, m.message_key, min(m.position) AS position, any_value(b.role) AS role
    FROM store.span_messages AS m JOIN store.message_bodies AS b USING (message_key)
    WHERE m.side = 'input' GROUP BY m.span_key, m.message_key),
bodies AS (
    SELECT message_key, max(tool_call_id) AS tool_call_id,
        bool_or(type = 'compaction' OR contains(lower(left(content, 400)), 'summar')) AS is_summary,
        sum(length(coalesce(content, ''))) AS characters,
        bool_or(type = 'tool_result') AS is_result
    FROM store.message_parts GROUP BY message_key),
entered AS (
    SELECT c.span_key, h.message_key, h.position, h.role
    FROM calls AS c JOIN held AS h USING (span_key)
    LEFT JOIN held AS o ON o.span_key = c.previous_key AND o.message_key = h.message_key
    WHERE o.message_key IS NULL),
gone AS (
    SELECT c.span_key, h.message_key, h.position, h.role
    FROM calls AS c JOIN held AS h ON h.span_key = c.previous_key
    LEFT JOIN held AS n ON n.span_key = c.span_key AND n.message_key = h.message_key
    WHERE n.message_key IS NULL),
-- the same tool result, now with other content: emptied where little is left of it
emptied AS (
    SELECT g.span_key, g.message_key AS old_key, e.message_key AS new_key,
        CASE WHEN n.characters * 4 <= o.characters THEN 'cleared' ELSE 'edited' END AS change
    FROM gone AS g JOIN bodies AS o ON o.message_key = g.message_key AND o.is_result AND o.tool_call_id IS NOT NULL
    JOIN entered AS e ON e.span_key = g.span_key
    JOIN bodies AS n ON n.message_key = e.message_key AND n.is_result AND n.tool_call_id = o.tool_call_id),
marked AS (
    SELECT g.span_key, g.position, o.characters, CASE
        WHEN x.change IS NOT NULL THEN x.change
        WHEN g.role IN ('system', 'developer') THEN 'system_changed'
        WHEN s.span_key IS NOT NULL THEN 'compacted'
        ELSE 'truncated' END AS change
    FROM gone AS g JOIN bodies AS o USING (message_key)
    LEFT JOIN emptied AS x ON x.span_key = g.span_key AND x.old_key = g.message_key
    LEFT JOIN (
        SELECT DISTINCT e.span_key FROM entered AS e JOIN bodies AS b USING (message_key)
        WHERE b.is_summary AND NOT b.is_result) AS s
        ON s.span_key = g.span_key
    UNION ALL
    SELECT e.span_key, e.position, b.characters, 'entered'
    FROM entered AS e JOIN bodies AS b USING (message_key)
    LEFT JOIN emptied AS x ON x.span_key = e.span_key AND x.new_key = e.message_key
    WHERE x.new_key IS NULL AND (e.role NOT IN ('system', 'developer') OR NOT EXISTS (
        SELECT 1 FROM gone AS g WHERE g.span_key = e.span_key AND g.role = e.role)))
SELECT
    r.run_id, s.span_id, c.step, m.change, count(*) AS messages, sum(m.characters)::BIGINT AS characters,
    (sum(m.characters) / 4)::BIGINT AS tokens, u.input_tokens AS window_tokens,
    min(m.position) AS first_position, q.span_id AS previous_span_id, c.position
FROM marked AS m
JOIN calls AS c USING (span_key)
JOIN store.spans AS s USING (span_key)
JOIN store.runs AS r ON r.run_key = c.run_key
LEFT JOIN store.spans AS q ON q.span_key = c.previous_key
LEFT JOIN store.usage AS u ON u.span_key = m.span_key
GROUP BY ALL;

COMMENT ON VIEW context_changes IS 'What entered or left the context window at a model call, against the previous call of the same agent in the conversation.';
COMMENT ON COLUMN context_changes.run_id IS 'run of the call';
COMMENT ON COLUMN context_changes.span_id IS 'span of the call';
COMMENT ON COLUMN context_changes.step IS 'its step';
COMMENT ON COLUMN context_changes.change IS 'entered, truncated (gone), compacted (gone where something that calls itself a summary entered), cleared (a tool result of which little is left), edited (a tool result), system_changed';
COMMENT ON COLUMN context_changes.messages IS 'how many messages';
COMMENT ON COLUMN context_changes.characters IS 'characters of their text';
COMMENT ON COLUMN context_changes.tokens IS 'about as many tokens: a quarter of the characters';
COMMENT ON COLUMN context_changes.window_tokens IS 'input tokens of the call as reported';
COMMENT ON COLUMN context_changes.first_position IS 'place of the first of them, from 0: in this call for those that entered, else in the previous one; what stands behind it cannot be read from the cache of the prompt';
COMMENT ON COLUMN context_changes.previous_span_id IS 'call that this one is compared with; NULL for the first';
COMMENT ON COLUMN context_changes.position IS 'position of the call in the tree of the run';
