-- title: Longest waits for approval
-- about: How long runs stood still for a human: approval steps by their time, runs that stopped by the time until the
-- about: next run of their conversation. A wait without an end is still open, or its answer is not in the files.
WITH paused AS (
    SELECT run_id, session_id, name, status, started_at, coalesce(ended_at, started_at) AS ended_at,
        lead(run_id) OVER next_of_session AS next_id
    FROM runs
    WHERE duplicate_of IS NULL
    WINDOW next_of_session AS (PARTITION BY coalesce(session_id, run_id) ORDER BY started_at, run_id))
SELECT
    'run' AS what, p.name, p.run_id, NULL AS step, p.ended_at AS asked_at, n.started_at AS answered_at,
    round((epoch_ns(n.started_at) - epoch_ns(p.ended_at)) / 1e9, 3) AS waited_s, n.run_id AS resumed_by
FROM paused AS p
LEFT JOIN paused AS n ON n.run_id = p.next_id AND n.started_at >= p.ended_at
WHERE p.status = 'interrupted'
UNION ALL
SELECT 'step', name, run_id, step, started_at, ended_at, round(duration_ns / 1e9, 3), NULL
FROM spans
WHERE kind = 'APPROVAL' AND duplicate_of IS NULL
ORDER BY waited_s DESC NULLS FIRST, asked_at, run_id
