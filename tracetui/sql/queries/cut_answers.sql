-- title: Answers that were cut
-- about: Model calls that stopped at the limit of tokens instead of at the end of the answer.
SELECT run_id, step, agent, model, output_tokens, parameters ->> 'max_tokens' AS max_tokens, finish_reasons
FROM llm_calls
WHERE list_has_any(list_transform(finish_reasons, lambda r: lower(r)), ['length', 'max_tokens', 'max_output_tokens'])
ORDER BY run_id, step
