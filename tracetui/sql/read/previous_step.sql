-- Run and position of the step before one that is of its kind: the last model call of the agent in the conversation,
-- else the last step of the same operation in the run.
WITH this AS (
    SELECT p.run_key, p.position, coalesce(r.session_id, r.run_id) AS conversation, s.kind, s.start_ns,
        coalesce(s.agent, '') AS agent, coalesce(s.tool_name, s.name) AS operation
    FROM store.places AS p JOIN store.runs AS r USING (run_key) JOIN store.spans AS s USING (span_key)
    WHERE p.run_key = $run_key AND p.position = $position)
SELECT r.run_id, p.position
FROM this
JOIN store.runs AS r ON coalesce(r.session_id, r.run_id) = this.conversation
JOIN store.places AS p ON p.run_key = r.run_key AND p.step IS NOT NULL
JOIN store.spans AS s ON s.span_key = p.span_key AND s.kind = this.kind
WHERE CASE WHEN this.kind = 'LLM' THEN coalesce(s.agent, '') = this.agent
        ELSE p.run_key = this.run_key AND coalesce(s.tool_name, s.name) = this.operation END
    AND CASE WHEN p.run_key = this.run_key THEN p.position < this.position ELSE s.start_ns < this.start_ns END
ORDER BY p.run_key = this.run_key DESC, s.start_ns DESC NULLS LAST, p.position DESC LIMIT 1
