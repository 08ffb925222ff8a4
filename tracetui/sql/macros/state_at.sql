CREATE MACRO state_at(run, at_step) AS TABLE
WITH last AS (
    SELECT arg_max(c, c.seq) AS change
    FROM store.state_changes AS c JOIN store.runs AS r USING (run_key)
    WHERE r.run_id = run AND c.step <= at_step AND c.op IN ('set', 'append', 'delete')
    GROUP BY c.store, c.scope, c.key)
SELECT
    l.change.store AS store, l.change.scope AS scope, l.change.key AS key, v.body::JSON AS value,
    l.change.step AS step, s.span_id, l.change.actor AS actor, l.change.fidelity AS fidelity,
    l.change.evidence AS evidence
FROM last AS l
LEFT JOIN store.state_values AS v ON v.value_key = l.change.after_key
LEFT JOIN store.spans AS s ON s.span_key = l.change.span_key
WHERE l.change.op <> 'delete'
ORDER BY ALL;

COMMENT ON MACRO TABLE state_at IS 'The memory of a run after a step: one row a key, with the step and span that last wrote it. `FROM state_at(''run id'', 12)`';
