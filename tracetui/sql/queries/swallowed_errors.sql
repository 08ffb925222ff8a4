-- title: Errors that nobody saw
-- about: Errors of steps in runs that did not fail: what the run survived, with how often and where.
SELECT
    coalesce(s.tool_name, s.name) AS step_name, s.kind, s.error_type, count(*) AS errors, count(DISTINCT s.run_id) AS runs,
    any_value(s.error_message ORDER BY s.run_id, s.step) AS example, min(s.run_id) AS example_run,
    arg_min(s.step, s.run_id) AS example_step
FROM steps AS s JOIN runs AS r USING (run_id)
WHERE s.status = 'error' AND r.status <> 'error' AND r.duplicate_of IS NULL
GROUP BY ALL
ORDER BY errors DESC, runs DESC, step_name
