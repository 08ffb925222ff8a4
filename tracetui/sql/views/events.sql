CREATE VIEW events AS
SELECT r.run_id, s.span_id, make_timestamp_ns(e.at_ns) AS happened_at, e.name, e.attributes::JSON AS attributes, e.position
FROM store.events AS e
JOIN store.spans AS s USING (span_key)
JOIN store.places AS p USING (span_key)
JOIN store.runs AS r USING (run_key);

COMMENT ON VIEW events IS 'One row per event of a span.';
COMMENT ON COLUMN events.run_id IS 'run of the span';
COMMENT ON COLUMN events.span_id IS 'the span';
COMMENT ON COLUMN events.happened_at IS 'time, UTC';
COMMENT ON COLUMN events.name IS 'name of the event';
COMMENT ON COLUMN events.attributes IS 'attributes as recorded';
COMMENT ON COLUMN events.position IS 'place among the events of the span, from 0';
