-- Runs that did not fail and share something with a run.
SELECT r.run_id
FROM store.runs AS t JOIN store.runs AS r ON r.run_key <> t.run_key
WHERE t.run_key = $run_key AND r.status NOT IN ('error', 'unfinished', 'interrupted') AND r.duplicate_of IS NULL
    AND t.duplicate_of IS DISTINCT FROM r.run_id
    AND (/*condition*/)
ORDER BY r.start_ns DESC NULLS LAST, r.run_id LIMIT 100
