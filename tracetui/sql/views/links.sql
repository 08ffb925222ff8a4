CREATE VIEW links AS
SELECT r.run_id, s.span_id, k.linked_trace_id, k.linked_span_id, k.attributes::JSON AS attributes
FROM store.links AS k
JOIN store.spans AS s USING (span_key)
JOIN store.places AS p USING (span_key)
JOIN store.runs AS r USING (run_key);

COMMENT ON VIEW links IS 'One row per link from a span to another span or trace.';
COMMENT ON COLUMN links.run_id IS 'run of the span';
COMMENT ON COLUMN links.span_id IS 'the span';
COMMENT ON COLUMN links.linked_trace_id IS 'trace it points to';
COMMENT ON COLUMN links.linked_span_id IS 'span it points to';
COMMENT ON COLUMN links.attributes IS 'attributes of the link';
