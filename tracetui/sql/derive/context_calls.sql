-- Model calls with the call before: the last one of the agent in the conversation. Several agents of one name may be at
-- work at a time, so a call below the same agent's span comes first.
CREATE TEMP TABLE context_calls AS
WITH placed AS (
    SELECT p.span_key, p.run_key, p.position, p.step, p.agent_key, s.start_ns, coalesce(s.agent, a.agent, a.name) AS agent,
        coalesce(r.session_id, r.run_id) AS conversation
    FROM store.places AS p JOIN store.runs AS r USING (run_key) JOIN store.spans AS s USING (span_key)
    LEFT JOIN store.spans AS a ON a.span_key = p.agent_key
    WHERE s.kind = 'LLM' AND p.step IS NOT NULL)
SELECT span_key, coalesce(
    CASE WHEN agent_key IS NOT NULL THEN lag(span_key) OVER (
        PARTITION BY conversation, agent, run_key, agent_key ORDER BY start_ns, position) END,
    lag(span_key) OVER (PARTITION BY conversation, agent ORDER BY start_ns, position)) AS previous_key, step
FROM placed ORDER BY conversation, start_ns, position;
