-- The memory of a run after change number $seq, one row a key.
WITH last AS (
    SELECT max(seq) AS seq FROM store.state_changes
    WHERE run_key = $run_key AND seq <= $seq AND op IN ('set', 'append', 'delete')
    GROUP BY store, scope, key)
SELECT
    c.store, c.scope, c.key, left(v.body, $characters) AS value, v.size_bytes, c.seq, c.step, c.moment, p.position,
    c.op, c.actor, c.fidelity, c.evidence
FROM last AS l
JOIN store.state_changes AS c ON c.run_key = $run_key AND c.seq = l.seq
LEFT JOIN store.state_values AS v ON v.value_key = c.after_key
LEFT JOIN store.places AS p ON p.span_key = c.span_key
WHERE c.op <> 'delete'
ORDER BY c.store, c.scope, c.key
