CREATE VIEW sessions AS
SELECT session_id, any_value(user_id) AS user_id, count(*) AS runs,
    make_timestamp_ns(min(start_ns)) AS first_at, make_timestamp_ns(max(coalesce(end_ns, start_ns))) AS last_at,
    try_cast(sum(total_tokens) AS BIGINT) AS total_tokens, try_cast(sum(k.cost_usd) AS DECIMAL(24, 12)) AS cost_usd,
    sum(coalesce(k.priced_calls, 0))::BIGINT AS priced_calls, sum(coalesce(k.unpriced_calls, 0))::BIGINT AS unpriced_calls,
    sum(coalesce(k.partly_priced_calls, 0))::BIGINT AS partly_priced_calls
FROM store.runs LEFT JOIN store.run_costs AS k USING (run_key) WHERE session_id IS NOT NULL AND duplicate_of IS NULL GROUP BY session_id;

COMMENT ON VIEW sessions IS 'One row per conversation or thread that groups runs.';
COMMENT ON COLUMN sessions.session_id IS 'id of the conversation';
COMMENT ON COLUMN sessions.user_id IS 'its user, where recorded';
COMMENT ON COLUMN sessions.runs IS 'how many runs';
COMMENT ON COLUMN sessions.first_at IS 'start of the first run, UTC';
COMMENT ON COLUMN sessions.last_at IS 'end of the last run, UTC';
COMMENT ON COLUMN sessions.total_tokens IS 'tokens of its model calls, as far as reported';
COMMENT ON COLUMN sessions.cost_usd IS 'cost of its runs as far as known; NULL where nothing is';
COMMENT ON COLUMN sessions.priced_calls IS 'model calls of its runs whose cost is known';
COMMENT ON COLUMN sessions.unpriced_calls IS 'those whose cost is unknown';
COMMENT ON COLUMN sessions.partly_priced_calls IS 'priced calls whose computed cost leaves something out';
