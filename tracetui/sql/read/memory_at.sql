-- The memory of a run after change number $seq, one row a key, or with $gone the deletions of keys that it no longer held;
-- values by their keys.
WITH last AS (
    SELECT max(seq) AS seq FROM store.state_changes
    WHERE run_key = $run_key AND seq <= $seq AND op IN ('set', 'append', 'delete')
        AND ($keys IS NULL OR key IN (SELECT unnest($keys::VARCHAR[])))
    GROUP BY store, scope, key)
SELECT store, scope, key, after_key, seq, step, moment, position, op, actor, fidelity, evidence
FROM store.state_changes
WHERE run_key = $run_key AND seq IN (FROM last) AND (op = 'delete') = $gone
ORDER BY store, coalesce(scope, ''), key
