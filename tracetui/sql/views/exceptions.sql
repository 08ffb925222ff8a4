CREATE VIEW exceptions AS
WITH raised AS (
    SELECT e.span_key,
        e.attributes::JSON ->> '$."exception.type"' AS type,
        e.attributes::JSON ->> '$."exception.message"' AS message,
        e.attributes::JSON ->> '$."exception.stacktrace"' AS stacktrace,
        try_cast(e.attributes::JSON ->> '$."exception.escaped"' AS BOOLEAN) AS escaped
    FROM store.events AS e WHERE e.name = 'exception'),
-- of each span, how often the same operation was tried again under the same parent, and how often that worked
later AS (
    SELECT p.span_key,
        count(*) OVER after_it AS tries, count(*) FILTER (s.status IN ('ok', 'unset')) OVER after_it AS successes
    FROM store.places AS p JOIN store.spans AS s USING (span_key)
    WHERE p.parent_key IS NOT NULL
    WINDOW after_it AS (
        PARTITION BY p.parent_key, s.kind, coalesce(s.tool_name, s.name) ORDER BY p.position
        ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING))
SELECT
    r.run_id, s.span_id, p.step, x.type, x.message, x.stacktrace, x.escaped,
    CASE
        WHEN a.status IN ('error', 'interrupted') OR (a.span_key IS NULL AND s.status = 'error') THEN 'raised'
        WHEN later.successes > 0 THEN 'recovered'
        WHEN later.tries > 0 THEN 'retried'
        ELSE 'swallowed' END AS outcome
FROM raised AS x
JOIN store.spans AS s USING (span_key)
JOIN store.places AS p USING (span_key)
JOIN store.runs AS r USING (run_key)
LEFT JOIN store.spans AS a ON a.span_key = p.parent_key
LEFT JOIN later ON later.span_key = x.span_key;

COMMENT ON VIEW exceptions IS 'One row per exception, with what became of it.';
COMMENT ON COLUMN exceptions.run_id IS 'run of the span';
COMMENT ON COLUMN exceptions.span_id IS 'span that recorded it';
COMMENT ON COLUMN exceptions.step IS 'its step';
COMMENT ON COLUMN exceptions.type IS 'type of the exception';
COMMENT ON COLUMN exceptions.message IS 'its message';
COMMENT ON COLUMN exceptions.stacktrace IS 'its stack trace';
COMMENT ON COLUMN exceptions.escaped IS 'whether it left the span, where recorded';
COMMENT ON COLUMN exceptions.outcome IS 'raised (the span above failed too), recovered (a later try of the same operation worked), retried (tried again without success) or swallowed';
