-- Nobody knows what the answers of this source tell.
UPDATE store.spans SET other_charges = 'those that its answer tells, which cannot be read'
WHERE source_key = ? AND (coalesce(input_tokens, output_tokens, total_tokens) IS NOT NULL OR cost_usd IS NOT NULL)
