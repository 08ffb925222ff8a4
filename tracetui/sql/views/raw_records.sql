CREATE VIEW raw_records AS
SELECT o.source, c.line, c.byte_offset, c.byte_length, s.span_id, c.outcome, c.record
FROM store.records AS c
JOIN store.sources AS o USING (source_key)
LEFT JOIN store.spans AS s ON s.span_key = c.span_key;

COMMENT ON VIEW raw_records IS 'One row per record read, as it stands in the source, also of those that are none; of a file that no format knows the first hundred.';
COMMENT ON COLUMN raw_records.source IS 'the path as given, or bundle.zip!member';
COMMENT ON COLUMN raw_records.line IS 'line or row number from 1';
COMMENT ON COLUMN raw_records.byte_offset IS 'offset in the decompressed content';
COMMENT ON COLUMN raw_records.byte_length IS 'length in bytes';
COMMENT ON COLUMN raw_records.span_id IS 'span that it became or added to';
COMMENT ON COLUMN raw_records.outcome IS 'loaded, merged or skipped';
COMMENT ON COLUMN raw_records.record IS 'the record itself, of what could not be read the first 64 KB; NULL where an earlier row of the same place holds it';
