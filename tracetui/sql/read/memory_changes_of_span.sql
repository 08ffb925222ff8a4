-- Changes and reads of a step, or of all that stands below a span that is no step; values by their keys.
SELECT c.seq, c.step, c.moment, c.position, c.op, c.store, c.scope, c.key, c.before_key, c.after_key, c.actor, c.fidelity,
    c.evidence, c.at_ns
FROM store.state_changes AS c
JOIN store.places AS p ON p.run_key = c.run_key AND p.position = $position
WHERE c.run_key = $run_key
    AND CASE WHEN p.step IS NULL THEN c.position >= p.position AND c.position < p.subtree_end ELSE c.step = p.step END
ORDER BY c.seq LIMIT $limit
