-- Changes and reads of a run's memory between two of its numbers, or all of one key.
SELECT c.seq, c.step, c.moment, p.position, coalesce(s.tool_name, s.name) AS span_name, c.op, c.store, c.scope, c.key,
    left(b.body, $characters) AS before, left(a.body, $characters) AS after, b.size_bytes, a.size_bytes,
    c.actor, c.fidelity, c.evidence, c.at_ns
FROM store.state_changes AS c
JOIN store.spans AS s USING (span_key)
JOIN store.places AS p USING (span_key)
LEFT JOIN store.state_values AS b ON b.value_key = c.before_key
LEFT JOIN store.state_values AS a ON a.value_key = c.after_key
WHERE c.run_key = $run_key AND c.seq BETWEEN $first AND $last AND ($key IS NULL OR c.key = $key)
ORDER BY c.seq
