-- title: Errors by signature
-- about: Errors where they were raised, those alike put together: ids, numbers, addresses and quoted text do not tell
-- about: them apart.
-- param runs BIGINT = 1: only signatures seen in at least so many runs
WITH raised AS (
    SELECT s.run_id, s.step, s.span_id, s.started_at, s.error_type, s.error_message,
        coalesce(s.tool_name, s.name) AS raised_by
    FROM spans AS s
    WHERE s.run_id IN (SELECT run_id FROM runs WHERE duplicate_of IS NULL)
        AND s.status = 'error' AND coalesce(s.error_type, s.error_message) IS NOT NULL
        -- what only passed on the error of a span below it is not counted again
        AND NOT EXISTS (
            FROM spans AS b
            WHERE b.run_id = s.run_id AND b.position > s.position AND b.position < s.subtree_end AND b.status = 'error')),
signed AS (
    SELECT *, trim(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
        coalesce(error_message, ''),
        '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}', '<id>', 'g'),
        '''[^'']*''|"[^"]*"|`[^`]*`', '<text>', 'g'),
        '\b(0x)?[0-9a-fA-F]*[0-9][0-9a-fA-F]{7,}\b|\b[A-Za-z]+[-_][A-Za-z0-9_-]*[0-9][A-Za-z0-9_-]*', '<id>', 'g'),
        '[0-9]+([.,:][0-9]+)*', '<n>', 'g'),
        '\s+', ' ', 'g')) AS signature
    FROM raised)
SELECT
    error_type, signature, count(*) AS errors, count(DISTINCT run_id) AS runs,
    list_sort(list(DISTINCT raised_by)) AS raised_by, min(started_at) AS first_at, max(started_at) AS last_at,
    arg_min(error_message, run_id) AS example, min(run_id) AS example_run, arg_min(step, run_id) AS example_step
FROM signed
GROUP BY error_type, signature
HAVING count(DISTINCT run_id) >= $runs::BIGINT
ORDER BY errors DESC, runs DESC, error_type, signature
