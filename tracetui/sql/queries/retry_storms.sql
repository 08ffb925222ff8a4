-- title: Retry storms
-- about: Steps that did the same with the same input again and again in one run. Steps whose input is not recorded, as
-- about: that of a model call told only by its messages, are left out.
-- param attempts BIGINT = 3: only what was done at least so many times
WITH known AS (
    SELECT t.* FROM steps AS t JOIN spans AS s USING (run_id, span_id)
    WHERE t.repeat_group IS NOT NULL AND s.input IS NOT NULL
        AND run_id IN (SELECT run_id FROM runs WHERE duplicate_of IS NULL))
SELECT
    run_id, repeat_group AS first_step, max(step) AS last_step, kind, coalesce(any_value(tool_name), any_value(name)) AS name,
    count(*) AS attempts, count(*) FILTER (status = 'error') AS failed, arg_max(status, step) AS last_status,
    round((max(epoch_ns(started_at) + coalesce(duration_ns, 0)) - min(epoch_ns(started_at))) / 1e9, 3) AS took_s,
    sum(input_tokens + output_tokens) AS tokens, sum(cost_usd) AS cost_usd,
    arg_max(error_message, step) AS last_error
FROM known
GROUP BY run_id, repeat_group, kind
HAVING count(*) >= $attempts::BIGINT
ORDER BY attempts DESC, failed DESC, run_id, first_step
