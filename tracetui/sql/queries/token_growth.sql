-- title: Token growth per turn
-- about: How the input of an agent's model calls grows within a run: from the first call to the last, and by how many
-- about: tokens a call on average (the slope of a line through them).
-- param calls BIGINT = 3: only agents with at least so many calls in a run
WITH turns AS (
    SELECT c.run_id, c.agent, c.input_tokens,
        row_number() OVER (PARTITION BY c.run_id, c.agent ORDER BY s.position) AS turn
    FROM llm_calls AS c JOIN spans AS s USING (run_id, span_id)
    WHERE c.usage_role = 'leaf' AND c.input_tokens IS NOT NULL)
SELECT
    run_id, agent, count(*) AS calls, arg_min(input_tokens, turn) AS first_input_tokens,
    arg_max(input_tokens, turn) AS last_input_tokens, max(input_tokens) AS largest_input_tokens,
    round(regr_slope(input_tokens, turn), 1) AS tokens_per_turn,
    round(arg_max(input_tokens, turn) / nullif(arg_min(input_tokens, turn), 0), 2) AS times_as_large
FROM turns
GROUP BY run_id, agent
HAVING count(*) >= $calls::BIGINT
ORDER BY tokens_per_turn DESC NULLS LAST, run_id, agent
