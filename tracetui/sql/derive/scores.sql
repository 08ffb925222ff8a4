-- Scores find their span by its ids, else the run by its trace.
UPDATE store.scores AS c SET span_key = s.span_key FROM (
    SELECT trace_id, span_id, min(span_key) AS span_key FROM store.spans GROUP BY trace_id, span_id) AS s
WHERE c.span_key IS NULL AND c.trace_id = s.trace_id AND c.span_id = s.span_id;
UPDATE store.scores AS c SET run_key = p.run_key FROM store.places AS p WHERE p.span_key = c.span_key;
UPDATE store.scores AS c SET run_key = r.run_key FROM (
    SELECT trace_id, min(run_key) AS run_key FROM store.runs GROUP BY trace_id) AS r
WHERE c.run_key IS NULL AND c.trace_id = r.trace_id;
INSERT INTO store.issues
    SELECT source_key, NULL, NULL, 'warning', 'score_without_span',
        'the score ' || coalesce(name, '') || ' belongs to no span of these sources', span_id, 0
    FROM store.scores WHERE run_key IS NULL;
