-- What answers tell of charges and tiers: a column of payload, which is read after the list of runs is there.
UPDATE store.spans AS s SET service_tier = coalesce(s.service_tier, a.tier), other_charges = a.charges
FROM (
    SELECT row_key, index_tier(/*answer*/) AS tier, index_other_charges(/*answer*/) AS charges FROM index_pieces
    WHERE index_hints(/*answer*/) AND (tier IS NOT NULL OR charges IS NOT NULL)) AS a
WHERE s.span_key = a.row_key AND s.source_key = $source_key AND (
    coalesce(s.input_tokens, s.output_tokens, s.total_tokens) IS NOT NULL OR s.cost_usd IS NOT NULL)
