CREATE VIEW usage_reported AS
SELECT r.run_id, s.span_id,
    CASE WHEN r.duplicate_of IS NULL THEN p.usage_role ELSE 'duplicate' END AS usage_role, l.usage_raw::JSON AS raw, s.input_tokens, s.output_tokens, s.total_tokens,
    s.cost_usd
FROM store.spans AS s
JOIN store.places AS p USING (span_key)
JOIN store.runs AS r USING (run_key)
LEFT JOIN store.payloads AS l ON l.span_key = s.span_key
WHERE p.usage_role IS NOT NULL;

COMMENT ON VIEW usage_reported IS 'One row per span that reports token usage or cost, as found.';
COMMENT ON COLUMN usage_reported.run_id IS 'run of the span';
COMMENT ON COLUMN usage_reported.span_id IS 'the span';
COMMENT ON COLUMN usage_reported.usage_role IS 'leaf where it counts, rollup where it repeats what its descendants report, remainder where only what exceeds them counts, duplicate where it repeats one call or stands in a run that is loaded twice';
COMMENT ON COLUMN usage_reported.raw IS 'the figures under the names of the source';
COMMENT ON COLUMN usage_reported.input_tokens IS 'input tokens as reported';
COMMENT ON COLUMN usage_reported.output_tokens IS 'output tokens as reported';
COMMENT ON COLUMN usage_reported.total_tokens IS 'total as reported';
COMMENT ON COLUMN usage_reported.cost_usd IS 'cost as reported';
