-- The money of one span, bucket by bucket.
SELECT w.bucket, w.tokens, w.usd_per_million, w.cost_usd::DECIMAL(24, 12), w.computed_cost_usd::DECIMAL(24, 12), w.cost_source,
    w.price_source, w.price_date, w.price_note
FROM store.places AS p JOIN store.cost_parts AS w ON w.span_key = p.span_key AND w.run_key = p.run_key
WHERE p.run_key = $run_key AND p.position = $position
