CREATE VIEW tools_offered AS
SELECT r.run_id, s.span_id, d.name, d.description, d.schema::JSON AS schema
FROM store.span_tools AS t
JOIN store.tool_definitions AS d USING (tool_key)
JOIN store.spans AS s USING (span_key)
JOIN store.places AS p USING (span_key)
JOIN store.runs AS r USING (run_key);

COMMENT ON VIEW tools_offered IS 'One row per tool definition given to a model call.';
COMMENT ON COLUMN tools_offered.run_id IS 'run of the call';
COMMENT ON COLUMN tools_offered.span_id IS 'span of the call';
COMMENT ON COLUMN tools_offered.name IS 'tool';
COMMENT ON COLUMN tools_offered.description IS 'what the model was told of it';
COMMENT ON COLUMN tools_offered.schema IS 'JSON schema of its arguments';
