-- title: Slowest tools
-- about: Tools by the time of their slowest calls, with the median and the 95th percentile, and the run of the slowest.
-- param calls BIGINT = 1: only tools with at least so many calls whose time is known
SELECT
    name AS tool, count(*) AS calls,
    round(quantile_cont(duration_ns, 0.5) / 1e6, 1) AS median_ms,
    round(quantile_cont(duration_ns, 0.95) / 1e6, 1) AS p95_ms,
    round(max(duration_ns) / 1e6, 1) AS slowest_ms,
    round(sum(duration_ns) / 1e9, 3) AS total_s,
    count(*) FILTER (status = 'error') AS failed,
    arg_max(run_id, duration_ns) AS slowest_run, arg_max(step, duration_ns) AS slowest_step
FROM tool_calls
WHERE duration_ns IS NOT NULL AND run_id IN (SELECT run_id FROM runs WHERE duplicate_of IS NULL)
GROUP BY name
HAVING count(*) >= $calls::BIGINT
ORDER BY p95_ms DESC, total_s DESC, tool
