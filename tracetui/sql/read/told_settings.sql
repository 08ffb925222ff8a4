-- What model calls of a run were told beside messages: system prompt, tools by name, parameters, the model.
WITH here AS (
    SELECT p.span_key, p.position FROM store.places AS p
    WHERE p.run_key = $run_key AND p.position IN (SELECT unnest($positions::BIGINT[]))),
prompts AS (
    SELECT m.span_key, string_agg(q.content, chr(10) ORDER BY m.position, q.part) AS system
    FROM store.span_messages AS m JOIN here USING (span_key)
    JOIN store.message_bodies AS b USING (message_key) JOIN store.message_parts AS q USING (message_key)
    WHERE m.side = 'input' AND b.role IN ('system', 'developer') GROUP BY m.span_key),
offered AS (
    SELECT t.span_key, list(struct_pack(name := d.name, description := d.description, schema := d.schema) ORDER BY d.name) AS tools
    FROM store.span_tools AS t JOIN here USING (span_key) JOIN store.tool_definitions AS d USING (tool_key)
    GROUP BY t.span_key)
SELECT h.position, coalesce(p.system, '') AS system, o.tools, coalesce(s.model, s.requested_model) AS model, l.parameters
FROM here AS h
JOIN store.spans AS s USING (span_key)
LEFT JOIN store.payloads AS l USING (span_key)
LEFT JOIN prompts AS p USING (span_key)
LEFT JOIN offered AS o USING (span_key)
