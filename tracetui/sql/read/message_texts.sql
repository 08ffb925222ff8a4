-- Messages by their keys: role, name, parts as they are compared, and the beginning of their text.
SELECT b.message_key, b.role, b.name, list(struct_pack(
        type := q.type, tool := q.tool_name,
        text := CASE WHEN left(ltrim(q.content), 1) IN ('{', '[') THEN q.content ELSE md5(coalesce(q.content, '')) END)
        ORDER BY q.part) FILTER (q.message_key IS NOT NULL) AS parts,
    left(string_agg(q.content, ' ' ORDER BY q.part), $characters::BIGINT) AS text
FROM store.message_bodies AS b
LEFT JOIN store.message_parts AS q USING (message_key)
WHERE b.message_key IN (SELECT unnest($keys::BIGINT[]))
GROUP BY b.message_key, b.role, b.name
