-- What others than the model said in the prompts of calls, in order, as keys of messages.
SELECT p.position, list(m.message_key ORDER BY m.position) AS seen
FROM store.places AS p
JOIN store.span_messages AS m USING (span_key)
JOIN store.message_bodies AS b USING (message_key)
WHERE p.run_key = $run_key AND p.position IN (SELECT unnest($positions::BIGINT[]))
    AND m.side = 'input' AND b.role NOT IN ('system', 'developer', 'assistant')
GROUP BY p.position
