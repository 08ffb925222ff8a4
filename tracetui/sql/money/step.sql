-- What one span cost and how long it took, and what everything below it cost.
WITH this AS (SELECT * FROM store.places WHERE run_key = $run_key AND position = $position),
-- a run's own figures alone, whatever the size of the rest
own AS MATERIALIZED (
    SELECT span_key, cost_usd, counts_as_call, is_unpriced, is_partly_priced, is_unsized FROM store.money WHERE run_key = $run_key),
below AS (
    SELECT try_cast(sum(x.cost_usd) AS DECIMAL(24, 12)) AS subtree_cost_usd, sum(x.counts_as_call::INTEGER)::BIGINT AS subtree_calls,
        sum(x.is_unpriced::INTEGER)::BIGINT AS subtree_unpriced_calls, sum(x.is_partly_priced::INTEGER)::BIGINT AS subtree_partly_priced_calls
    FROM own AS x
    JOIN store.places AS p USING (span_key), this
    WHERE p.run_key = $run_key AND p.position >= this.position AND p.position < this.subtree_end)
SELECT p.usage_role, f.reported_cost_usd, f.computed_cost_usd, f.price_source, f.price_date, below.*,
    coalesce(f.is_least, false) AS is_least,
    coalesce(f.is_size_unknown, false)
        OR coalesce((SELECT bool_or(o.is_unsized) FROM own AS o WHERE o.span_key = p.span_key), false) AS is_size_unknown,
    s.ttft_ns, CASE WHEN s.end_ns >= s.start_ns THEN s.end_ns - s.start_ns ELSE s.took_ns END AS duration_ns, p.self_ns,
    f.input_tokens, f.output_tokens, s.service_tier, f.web_searches, f.per_web_search, f.other_charges,
    coalesce(f.lacks_tokens, false) AS lacks_tokens, coalesce(f.is_ambiguous, false) AS is_ambiguous,
    s.usage_unread
FROM this AS p JOIN store.spans AS s USING (span_key)
LEFT JOIN store.priced_figures AS f ON f.span_key = p.span_key AND f.run_key = p.run_key AND NOT f.is_remainder
CROSS JOIN below
