CREATE VIEW scores AS
SELECT r.run_id, coalesce(s.span_id, c.span_id) AS span_id, p.step, c.name, c.value, c.label, c.passed, c.kind,
    c.author, c.comment, make_timestamp_ns(c.at_ns) AS happened_at
FROM store.scores AS c
LEFT JOIN store.runs AS r USING (run_key)
LEFT JOIN store.spans AS s ON s.span_key = c.span_key
LEFT JOIN store.places AS p ON p.span_key = c.span_key;

COMMENT ON VIEW scores IS 'One row per feedback, evaluation, guardrail or safety verdict.';
COMMENT ON COLUMN scores.run_id IS 'run it is about';
COMMENT ON COLUMN scores.span_id IS 'span it is about; NULL where it is about the run';
COMMENT ON COLUMN scores.step IS 'step it is about';
COMMENT ON COLUMN scores.name IS 'what was judged';
COMMENT ON COLUMN scores.value IS 'verdict as a number';
COMMENT ON COLUMN scores.label IS 'verdict as a word';
COMMENT ON COLUMN scores.passed IS 'whether it passed, where that is the verdict';
COMMENT ON COLUMN scores.kind IS 'human, model or code';
COMMENT ON COLUMN scores.author IS 'who or what judged';
COMMENT ON COLUMN scores.comment IS 'reason given';
COMMENT ON COLUMN scores.happened_at IS 'time, UTC';
