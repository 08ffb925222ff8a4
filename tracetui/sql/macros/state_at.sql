CREATE MACRO state_at(run, at_step := NULL, at_moment := NULL) AS TABLE
WITH last AS (
    SELECT c.run_key, max(c.seq) AS seq
    FROM store.state_changes AS c JOIN store.runs AS r USING (run_key)
    WHERE r.run_id = run AND c.step <= coalesce(at_step, 2147483647) AND c.moment <= coalesce(at_moment, 2147483647)
        AND c.op IN ('set', 'append', 'delete')
    GROUP BY c.run_key, c.store, c.scope, c.key)
SELECT
    c.store, c.scope, c.key, v.body::JSON AS value, c.step, s.span_id, c.actor, c.fidelity, c.evidence, c.moment
FROM last AS l
JOIN store.state_changes AS c ON c.run_key = l.run_key AND c.seq = l.seq
LEFT JOIN store.state_values AS v ON v.value_key = c.after_key
LEFT JOIN store.spans AS s ON s.span_key = c.span_key
WHERE c.op <> 'delete'
ORDER BY ALL;

COMMENT ON MACRO TABLE state_at IS 'The memory of a run after a step, or after a moment of `state_changes`: one row a key, with the step and span that last wrote it. `FROM state_at(''run id'', 12)`, `FROM state_at(''run id'', at_moment := 3)`';
