-- Scores find their span by its ids, else the run by its trace; ids that mean something in one source only, there.
UPDATE store.scores AS c SET span_key = s.span_key FROM (
    SELECT id_scope, trace_id, span_id, min(span_key) AS span_key FROM store.spans
    GROUP BY id_scope, trace_id, span_id) AS s
WHERE c.span_key IS NULL AND (s.id_scope <= 0 OR s.id_scope = c.source_key) AND c.span_id = s.span_id
    AND c.trace_id IN (s.trace_id, '');
UPDATE store.scores AS c SET run_key = p.run_key FROM store.places AS p WHERE p.span_key = c.span_key;
UPDATE store.scores AS c SET run_key = r.run_key FROM (
    SELECT s.id_scope, r.trace_id, min(r.run_key) AS run_key
    FROM store.runs AS r JOIN store.spans AS s ON s.span_key = r.root_key GROUP BY s.id_scope, r.trace_id) AS r
WHERE c.run_key IS NULL AND (r.id_scope <= 0 OR r.id_scope = c.source_key) AND c.trace_id = r.trace_id;
INSERT INTO store.issues
    SELECT source_key, NULL, NULL, 'warning', 'score_without_span',
        'the score ' || coalesce(name, '') || ' belongs to no span of these sources', span_id, 0, trace_id
    FROM store.scores WHERE run_key IS NULL;
