-- The memory of a run after change number $seq, one row a key.
WITH last AS (
    SELECT arg_max(c, c.seq) AS change
    FROM store.state_changes AS c
    WHERE c.run_key = $run_key AND c.seq <= $seq AND c.op IN ('set', 'append', 'delete')
    GROUP BY c.store, c.scope, c.key)
SELECT
    l.change.store, l.change.scope, l.change.key, left(v.body, $characters) AS value, v.size_bytes, l.change.seq,
    l.change.step, l.change.moment, p.position, l.change.op, l.change.actor, l.change.fidelity, l.change.evidence
FROM last AS l
LEFT JOIN store.state_values AS v ON v.value_key = l.change.after_key
LEFT JOIN store.places AS p ON p.span_key = l.change.span_key
WHERE l.change.op <> 'delete'
ORDER BY l.change.store, l.change.scope, l.change.key
