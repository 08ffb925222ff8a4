CREATE MACRO state_diff(run, from_step := NULL, to_step := NULL, from_moment := NULL, to_moment := NULL) AS TABLE
WITH gone AS (
    SELECT c.store, c.scope, c.key, c.step, s.span_id, c.actor, c.fidelity
    FROM store.state_changes AS c
    JOIN store.runs AS r USING (run_key)
    LEFT JOIN store.spans AS s USING (span_key)
    WHERE r.run_id = run AND c.step <= coalesce(to_step, 2147483647) AND c.moment <= coalesce(to_moment, 2147483647)
        AND c.op = 'delete'
    QUALIFY row_number() OVER (PARTITION BY c.store, c.scope, c.key ORDER BY c.seq DESC) = 1)
SELECT
    coalesce(a.store, b.store) AS store, coalesce(a.scope, b.scope) AS scope, coalesce(a.key, b.key) AS key,
    CASE WHEN a.key IS NULL THEN 'added' WHEN b.key IS NULL THEN 'removed' ELSE 'changed' END AS change,
    a.value AS before, b.value AS after, coalesce(b.step, g.step) AS step, coalesce(b.span_id, g.span_id) AS span_id,
    CASE WHEN b.key IS NULL THEN g.actor ELSE b.actor END AS actor, coalesce(b.fidelity, g.fidelity) AS fidelity
FROM state_at(run, from_step, from_moment) AS a
FULL JOIN state_at(run, to_step, to_moment) AS b
    ON a.store = b.store AND a.scope IS NOT DISTINCT FROM b.scope AND a.key = b.key
LEFT JOIN gone AS g
    ON b.key IS NULL AND g.store = a.store AND g.scope IS NOT DISTINCT FROM a.scope AND g.key = a.key
WHERE a.key IS NULL OR b.key IS NULL OR a.value::VARCHAR IS DISTINCT FROM b.value::VARCHAR
ORDER BY ALL;

COMMENT ON MACRO TABLE state_diff IS 'What differs between the memory of a run after two of its steps, or two moments: who wrote or deleted it last. `FROM state_diff(''run id'', 3, 12)`, `FROM state_diff(''run id'', from_moment := 2, to_moment := 5)`';
