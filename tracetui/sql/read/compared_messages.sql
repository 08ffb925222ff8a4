-- The messages of a run, each once, by their parts: JSON whole, since not all of it counts, any other text as a hash.
SELECT b.message_key, b.role, b.name, list(struct_pack(
    type := q.type, tool := q.tool_name,
    text := CASE WHEN left(ltrim(q.content), 1) IN ('{', '[') THEN q.content ELSE md5(coalesce(q.content, '')) END)
    ORDER BY q.part) FILTER (q.message_key IS NOT NULL) AS parts
FROM (
    SELECT DISTINCT m.message_key FROM store.span_messages AS m
    JOIN store.places AS p USING (span_key) WHERE p.run_key = $run_key) AS u
JOIN store.message_bodies AS b USING (message_key)
LEFT JOIN store.message_parts AS q USING (message_key)
GROUP BY b.message_key, b.role, b.name
