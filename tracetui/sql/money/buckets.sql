-- The same by token bucket.
SELECT run_key, span_key, start_ns, end_ns, took_ns, agent, service_tier, model, provider, is_call, counts_as_call, is_unpriced, is_uncomputed,
    coalesce(is_partly_priced, false) AS is_partly_priced, coalesce(is_partly_computed, false) AS is_partly_computed, bucket, tokens,
    CASE WHEN starts_with(bucket, 'in_') THEN tokens END AS input_tokens,
    CASE WHEN starts_with(bucket, 'out_') THEN tokens END AS output_tokens,
    CASE WHEN starts_with(bucket, 'in_cache_read') THEN tokens END AS cache_read_tokens,
    cost_usd, reported_cost_usd, computed_cost_usd, price_source, price_note
FROM store.cost_parts
