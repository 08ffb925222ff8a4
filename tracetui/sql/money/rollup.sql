-- Figures as another rule counts them: every span's own, taken where the rule says.
SELECT p.run_key, p.span_key, f.start_ns, f.end_ns, f.took_ns, f.agent, f.service_tier, f.model, f.provider, true AS is_call, true AS counts_as_call,
    f.reported_cost_usd IS NULL AND f.computed_cost_usd IS NULL AS is_unpriced,
    f.computed_cost_usd IS NULL AS is_uncomputed, f.is_least AND f.reported_cost_usd IS NULL AS is_partly_priced,
    f.is_least AS is_partly_computed, f.total_tokens AS tokens,
    f.input_tokens, f.output_tokens, store.told_cached(f.tells_cache_read, f.in_cache_read + f.in_cache_read_audio) AS cache_read_tokens,
    coalesce(f.reported_cost_usd, f.computed_cost_usd) AS cost_usd, f.reported_cost_usd, f.computed_cost_usd, f.price_source, f.price_note,
    NULL::VARCHAR AS bucket
FROM store.priced AS f JOIN store.places AS p USING (span_key)
WHERE NOT f.is_remainder AND /*rule*/
