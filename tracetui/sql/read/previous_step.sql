-- Run and position of the step before one that is of its kind: the last model call of the agent in the conversation,
-- else the last step of the same operation in the run. A model call that names no agent is of the agent around it;
-- a call below the same agent's span comes first, as several agents of one name may be at work at a time. The first
-- call of an agent goes on from that of another where it was given a message that the other was given too.
WITH this AS (
    SELECT p.span_key, p.run_key, p.position, p.agent_key, coalesce(r.session_id, r.run_id) AS conversation, s.kind,
        s.start_ns, coalesce(s.agent, a.agent, a.name) AS agent, coalesce(s.tool_name, s.name) AS operation
    FROM store.places AS p JOIN store.runs AS r USING (run_key) JOIN store.spans AS s USING (span_key)
    LEFT JOIN store.spans AS a ON a.span_key = p.agent_key
    WHERE p.run_key = $run_key AND p.position = $position),
before AS (
    SELECT r.run_id, p.position, p.span_key,
        this.kind <> 'LLM' OR coalesce(s.agent, a.agent, a.name) IS NOT DISTINCT FROM this.agent AS is_alike
    FROM this
    JOIN store.runs AS r ON coalesce(r.session_id, r.run_id) = this.conversation
    JOIN store.places AS p ON p.run_key = r.run_key AND p.step IS NOT NULL
    JOIN store.spans AS s ON s.span_key = p.span_key AND s.kind = this.kind
    LEFT JOIN store.spans AS a ON a.span_key = p.agent_key
    WHERE (this.kind = 'LLM' OR p.run_key = this.run_key AND coalesce(s.tool_name, s.name) = this.operation)
        AND CASE WHEN p.run_key = this.run_key THEN p.position < this.position ELSE s.start_ns < this.start_ns END
    ORDER BY is_alike DESC,
        this.kind = 'LLM' AND p.run_key = this.run_key AND p.agent_key IS NOT DISTINCT FROM this.agent_key DESC,
        p.run_key = this.run_key DESC, s.start_ns DESC NULLS LAST, p.position DESC LIMIT 1)
SELECT run_id, position
FROM before
WHERE is_alike OR EXISTS (
    SELECT 1
    FROM this JOIN store.span_messages AS m ON m.span_key = this.span_key AND m.side = 'input'
    JOIN store.span_messages AS o ON o.span_key = before.span_key AND o.side = 'input' AND o.message_key = m.message_key
    JOIN store.message_bodies AS b ON b.message_key = m.message_key AND b.role <> 'system')
