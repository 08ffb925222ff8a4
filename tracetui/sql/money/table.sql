-- Money and tokens by dimensions; `figures`, `condition`, `keys` and `each` are put in by tracetui.store.costs.
WITH figures AS (/*figures*/),
placed AS (
    SELECT f.*, CASE WHEN NOT f.is_call THEN NULL WHEN f.end_ns >= f.start_ns THEN f.end_ns - f.start_ns ELSE f.took_ns END AS lasted_ns, /*keys*/
    FROM figures AS f
    JOIN store.runs AS r USING (run_key)
    /*joins*/
    WHERE r.duplicate_of IS NULL AND /*condition*/)
SELECT /*groups*/,
    count(/*each*/CASE WHEN counts_as_call THEN span_key END) AS calls,
    count(/*each*/CASE WHEN is_unpriced THEN span_key END) AS unpriced_calls,
    sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens, sum(tokens) AS total_tokens,
    sum(cache_read_tokens) AS cache_read_tokens,
    try_cast(sum(cost_usd) AS DECIMAL(24, 12)) AS cost_usd, try_cast(sum(reported_cost_usd) AS DECIMAL(24, 12)) AS reported_cost_usd,
    try_cast(sum(computed_cost_usd) AS DECIMAL(24, 12)) AS computed_cost_usd,
    count(/*each*/CASE WHEN is_uncomputed THEN span_key END) AS uncomputed_calls,
    count(/*each*/CASE WHEN is_partly_priced THEN span_key END) AS partly_priced_calls,
    count(/*each*/CASE WHEN is_partly_computed THEN span_key END) AS partly_computed_calls,
    count(lasted_ns) AS timed_calls, try_cast(quantile_cont(lasted_ns, [0.5, 0.95]) AS BIGINT[]) AS percentiles,
    list(DISTINCT price_source || ': ' || price_note) FILTER (price_note IS NOT NULL AND computed_cost_usd IS NOT NULL) AS price_notes
FROM placed
GROUP BY /*order*/
ORDER BY cost_usd DESC NULLS LAST, total_tokens DESC NULLS LAST, /*order*/
