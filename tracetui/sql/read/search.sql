-- Positions of the spans of a run whose texts contain the words looked for.
WITH hits AS (
    SELECT message_key FROM store.message_parts
    WHERE contains(lower(concat_ws(' ', content, tool_name, tool_call_id)), lower($text)))
SELECT DISTINCT p.position
FROM store.places AS p
JOIN store.spans AS s USING (span_key)
LEFT JOIN store.payloads AS l USING (span_key)
WHERE p.run_key = $run_key AND (
    contains(lower(concat_ws(' ', s.name, s.span_id, s.tool_name, s.agent, s.model, s.error_type, s.error_message,
        l.input, l.output, l.attributes)), lower($text))
    OR EXISTS (
        SELECT 1 FROM store.span_messages AS m JOIN hits USING (message_key) WHERE m.span_key = p.span_key)
    OR EXISTS (
        SELECT 1 FROM store.events AS e
        WHERE e.span_key = p.span_key AND contains(lower(concat_ws(' ', e.name, e.attributes)), lower($text))))
ORDER BY p.position
