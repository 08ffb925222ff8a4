-- The run of the same session that went on first after one that paused for a human.
SELECT n.run_id, n.start_ns - r.end_ns
FROM store.runs AS r
LEFT JOIN store.runs AS n
    ON n.session_id = r.session_id AND n.start_ns >= r.end_ns AND n.run_key <> r.run_key AND n.duplicate_of IS NULL
WHERE r.run_key = $run_key AND r.status = 'interrupted'
ORDER BY n.start_ns, n.run_key
LIMIT 1
