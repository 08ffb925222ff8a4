-- title: Most expensive steps
-- about: Model calls by cost, each with its run and step; what a span reports beyond its calls stands among them.
-- param limit BIGINT = 50: how many
SELECT
    c.run_id, c.step, coalesce(t.name, s.name) AS name, c.cost_usd, c.model, c.agent, c.input_tokens, c.output_tokens,
    c.cost_source, c.is_partly_priced, c.span_id
FROM llm_calls AS c
JOIN spans AS s USING (run_id, span_id)
LEFT JOIN steps AS t ON t.run_id = c.run_id AND t.step = c.step
WHERE c.cost_usd >= 0
ORDER BY c.cost_usd DESC, c.run_id, c.step
LIMIT $limit::BIGINT
