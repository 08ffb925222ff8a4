CREATE VIEW messages AS
WITH placed AS (
    -- a call that names no agent is of the agent around it
    SELECT p.span_key, p.run_key, p.position, p.agent_key, s.start_ns, coalesce(s.agent, a.agent, a.name) AS agent,
        coalesce(r.session_id, r.run_id) AS conversation
    FROM store.places AS p JOIN store.runs AS r USING (run_key) JOIN store.spans AS s USING (span_key)
    LEFT JOIN store.spans AS a ON a.span_key = p.agent_key
    WHERE s.kind = 'LLM' AND p.step IS NOT NULL),
calls AS (
    -- several agents of one name may be at work at a time: the previous call below the same agent's span comes first;
    -- the first call of an agent may have been handed the conversation of another
    SELECT span_key, coalesce(
        CASE WHEN agent_key IS NOT NULL THEN lag(span_key) OVER (
            PARTITION BY conversation, agent, run_key, agent_key ORDER BY start_ns, position) END,
        lag(span_key) OVER (PARTITION BY conversation, agent ORDER BY start_ns, position),
        lag(span_key) OVER (PARTITION BY conversation ORDER BY start_ns, position)) AS previous_key
    FROM placed)
SELECT
    r.run_id, s.span_id, p.step, m.side, m.position, b.role, q.type AS part, q.part AS part_number, q.content,
    q.tool_call_id, q.tool_name, q.mime_type, q.size_bytes, q.is_error, m.finish_reason,
    CASE WHEN c.span_key IS NOT NULL THEN m.side = 'output' OR o.message_key IS NULL END AS is_new
FROM store.span_messages AS m
JOIN store.message_bodies AS b USING (message_key)
JOIN store.message_parts AS q USING (message_key)
JOIN store.places AS p USING (span_key)
JOIN store.spans AS s USING (span_key)
JOIN store.runs AS r ON r.run_key = p.run_key
LEFT JOIN calls AS c ON c.span_key = m.span_key
LEFT JOIN (SELECT DISTINCT span_key, message_key FROM store.span_messages) AS o
    ON o.span_key = c.previous_key AND o.message_key = m.message_key;

COMMENT ON VIEW messages IS 'One row per part of a message that a model call was given or gave back.';
COMMENT ON COLUMN messages.run_id IS 'run of the call';
COMMENT ON COLUMN messages.span_id IS 'span of the call';
COMMENT ON COLUMN messages.step IS 'its step';
COMMENT ON COLUMN messages.side IS 'input (given to the model) or output (received from it)';
COMMENT ON COLUMN messages.position IS 'place of the message on its side, from 0';
COMMENT ON COLUMN messages.role IS 'system, developer, user, assistant, tool, or the word of the source';
COMMENT ON COLUMN messages.part IS 'text, thinking, tool_call, tool_result, media, compaction or other';
COMMENT ON COLUMN messages.part_number IS 'place of the part in the message, from 0';
COMMENT ON COLUMN messages.content IS 'text, JSON of arguments or results, or where the media is';
COMMENT ON COLUMN messages.tool_call_id IS 'id that joins a tool call with its result';
COMMENT ON COLUMN messages.tool_name IS 'tool called';
COMMENT ON COLUMN messages.mime_type IS 'type of the media';
COMMENT ON COLUMN messages.size_bytes IS 'size of the media';
COMMENT ON COLUMN messages.is_error IS 'what a tool result says of itself; NULL where it says nothing';
COMMENT ON COLUMN messages.finish_reason IS 'why the model stopped after this message';
COMMENT ON COLUMN messages.is_new IS 'not yet in the previous call of the same agent in the conversation; NULL on spans that are no model step';
