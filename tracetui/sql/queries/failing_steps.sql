-- title: Where runs fail
-- about: The steps at which failed runs failed, by kind and name, with how far into the run they stand.
SELECT
    f.kind, coalesce(f.tool_name, f.name) AS name, r.error_type, count(*) AS failed_runs,
    round(avg(r.failed_step / nullif(r.steps, 0)), 2) AS mean_place_in_run,
    any_value(r.error_message ORDER BY r.run_id) AS example, min(r.run_id) AS example_run
FROM runs AS r
LEFT JOIN spans AS f ON f.run_id = r.run_id AND f.span_id = r.failed_span_id
WHERE r.status = 'error' AND r.duplicate_of IS NULL
GROUP BY ALL
ORDER BY failed_runs DESC, kind, name, r.error_type
