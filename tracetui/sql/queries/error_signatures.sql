-- title: Errors by signature
-- about: Errors where they were raised, those alike put together: ids, numbers, addresses and quoted text do not tell
-- about: them apart.
-- param runs BIGINT = 1: only signatures seen in at least so many runs
WITH errors AS (
    -- what only passed on the error of a span below it is not counted again
    SELECT run_id, step, started_at, error_type, error_message, coalesce(tool_name, name) AS raised_by
    FROM spans WHERE raised AND duplicate_of IS NULL AND coalesce(error_type, error_message) IS NOT NULL),
signatures AS (
    SELECT error_message, trim(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
        error_message,
        '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}', '<id>', 'g'),
        '''[^'']*''|"[^"]*"|`[^`]*`', '<text>', 'g'),
        '\b(0x)?[0-9a-fA-F]*[0-9][0-9a-fA-F]{7,}\b|\b[A-Za-z]+[-_][A-Za-z0-9_-]*[0-9][A-Za-z0-9_-]*', '<id>', 'g'),
        '[0-9]+([.,:][0-9]+)*', '<n>', 'g'),
        '\s+', ' ', 'g')) AS signature
    FROM (SELECT DISTINCT error_message FROM errors)),
signed AS (
    SELECT r.*, coalesce(s.signature, '') AS signature FROM errors AS r LEFT JOIN signatures AS s USING (error_message))
SELECT
    error_type, signature, count(*) AS errors, count(DISTINCT run_id) AS runs,
    list_sort(list(DISTINCT raised_by)) AS raised_by, min(started_at) AS first_at, max(started_at) AS last_at,
    arg_min(error_message, run_id) AS example, min(run_id) AS example_run, arg_min(step, run_id) AS example_step
FROM signed
GROUP BY error_type, signature
HAVING count(DISTINCT run_id) >= $runs::BIGINT
ORDER BY errors DESC, runs DESC, error_type, signature
