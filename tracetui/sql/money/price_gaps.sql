-- Calls that stay unpriced because the price of their model lacks a bucket in use.
SELECT w.price_source, w.model, list_sort(list(DISTINCT w.bucket)) AS buckets, count(DISTINCT w.span_key) AS calls
FROM store.cost_parts AS w JOIN store.runs AS r USING (run_key)
WHERE w.is_unpriced AND w.price_source IS NOT NULL AND w.tokens > 0 AND w.usd_per_million IS NULL
    AND w.bucket <> 'unexplained' AND r.duplicate_of IS NULL AND /*condition*/
GROUP BY ALL ORDER BY calls DESC, w.price_source, w.model
