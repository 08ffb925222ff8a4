-- Changes and reads of a run's memory between two of its numbers, or all of one key; values by their keys.
SELECT seq, step, moment, position, op, store, scope, key, before_key, after_key, actor, fidelity, evidence, at_ns
FROM store.state_changes
WHERE run_key = $run_key AND seq BETWEEN $first AND $last AND ($key IS NULL OR key = $key)
ORDER BY seq
