-- What spans of a run were given and gave back; of model calls the answer, its thoughts left out.
WITH here AS (
    SELECT p.span_key, p.position FROM store.places AS p
    WHERE p.run_key = $run_key AND p.position IN (SELECT unnest($positions::BIGINT[]))),
answers AS (
    SELECT m.span_key, string_agg(concat_ws(' ', q.tool_name, q.content), chr(10) ORDER BY m.position, q.part) AS said
    FROM store.span_messages AS m JOIN here USING (span_key) JOIN store.message_parts AS q USING (message_key)
    WHERE m.side = 'output' AND q.type <> 'thinking' GROUP BY m.span_key),
executed AS (
    SELECT t.executed_key AS span_key, any_value(t.arguments) AS arguments, any_value(t.result) AS result
    FROM store.tool_calls AS t WHERE t.run_key = $run_key AND t.executed_key IS NOT NULL GROUP BY t.executed_key)
SELECT
    h.position,
    CASE WHEN s.kind <> 'LLM' THEN coalesce(l.input, e.arguments) END AS given,
    coalesce(a.said, l.output, e.result, s.error_message) AS returned
FROM here AS h
JOIN store.spans AS s USING (span_key)
LEFT JOIN store.payloads AS l USING (span_key)
LEFT JOIN answers AS a USING (span_key)
LEFT JOIN executed AS e USING (span_key)
