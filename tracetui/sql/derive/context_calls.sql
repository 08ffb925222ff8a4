-- Model calls in order, with the conversation that each may go on: that of its agent in the session, or in the run.
-- Samples of an evaluation share a session, and nothing else.
CREATE TEMP TABLE context_calls AS
WITH placed AS (
    SELECT p.span_key, p.position, p.step, p.agent_key, s.start_ns, coalesce(s.agent, a.agent, a.name) AS agent,
        CASE WHEN o.kind_original IS DISTINCT FROM 'sample' THEN coalesce(r.session_id, r.run_id) ELSE r.run_id END
            AS conversation
    FROM store.places AS p JOIN store.runs AS r USING (run_key) JOIN store.spans AS s USING (span_key)
    LEFT JOIN store.spans AS a ON a.span_key = p.agent_key
    LEFT JOIN store.spans AS o ON o.span_key = r.root_key
    WHERE s.kind = 'LLM' AND p.step IS NOT NULL)
SELECT span_key, step, agent_key, dense_rank() OVER (ORDER BY conversation, agent) AS conversation
FROM placed ORDER BY placed.conversation, start_ns, position;
