CREATE VIEW import_issues AS
SELECT s.source, i.line, i.byte_offset, i.severity, i.code, i.message, i.span_id, i.skipped, i.trace_id
FROM store.issues AS i JOIN store.sources AS s USING (source_key);

COMMENT ON VIEW import_issues IS 'One row per problem found while loading.';
COMMENT ON COLUMN import_issues.source IS 'the path as given, or bundle.zip!member';
COMMENT ON COLUMN import_issues.line IS 'line or row number from 1, where lines mean something';
COMMENT ON COLUMN import_issues.byte_offset IS 'offset in the decompressed content';
COMMENT ON COLUMN import_issues.severity IS 'info, warning, data_loss or error';
COMMENT ON COLUMN import_issues.code IS 'short name of the kind of problem';
COMMENT ON COLUMN import_issues.message IS 'what is wrong';
COMMENT ON COLUMN import_issues.span_id IS 'the span it is about, where there is one';
COMMENT ON COLUMN import_issues.skipped IS 'how many records it cost';
COMMENT ON COLUMN import_issues.trace_id IS 'the trace of that span, where the source tells';
