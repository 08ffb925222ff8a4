CREATE MACRO state_diff(run, from_step, to_step) AS TABLE
SELECT
    coalesce(a.store, b.store) AS store, coalesce(a.scope, b.scope) AS scope, coalesce(a.key, b.key) AS key,
    CASE WHEN a.key IS NULL THEN 'added' WHEN b.key IS NULL THEN 'removed' ELSE 'changed' END AS change,
    a.value AS before, b.value AS after, b.step, b.span_id, b.actor, b.fidelity
FROM state_at(run, from_step) AS a
FULL JOIN state_at(run, to_step) AS b
    ON a.store = b.store AND a.scope IS NOT DISTINCT FROM b.scope AND a.key = b.key
WHERE a.key IS NULL OR b.key IS NULL OR a.value::VARCHAR IS DISTINCT FROM b.value::VARCHAR
ORDER BY ALL;

COMMENT ON MACRO TABLE state_diff IS 'What differs between the memory of a run after two of its steps. `FROM state_diff(''run id'', 3, 12)`';
