-- Log records of a trace none of whose spans is here stand for spans themselves: one for each span that they name,
-- and one around them all where that is not exactly one. Only where they tell of models or tools, or where there is
-- nothing else to show. Their keys begin at the
-- variable next_key.
CREATE TEMP TABLE lone_logs AS
    SELECT l.log_key, l.id_scope, l.trace_id, l.span_id, r.source_key, r.line, r.byte_offset, r.byte_length,
        e.at_ns, e.name, e.attributes
    FROM store.log_targets AS l
    JOIN store.records AS r ON r.span_key = l.log_key AND r.outcome = 'loaded'
    JOIN store.events AS e ON e.span_key = l.log_key
    WHERE NOT EXISTS (SELECT 1 FROM store.spans AS s WHERE s.id_scope = l.id_scope AND s.trace_id = l.trace_id)
    QUALIFY bool_or(starts_with(e.name, 'gen_ai.') OR contains(e.attributes, '"gen_ai.') OR EXISTS (
            SELECT 1 FROM store.span_messages AS m WHERE m.span_key = l.log_key))
            OVER (PARTITION BY l.id_scope, l.trace_id)
        OR NOT EXISTS (SELECT 1 FROM store.spans);

CREATE TEMP TABLE lone_spans AS
WITH told AS (
    SELECT *,
        attributes->>'$."gen_ai.operation.name"' AS operation,
        coalesce(attributes->>'$."gen_ai.response.model"', attributes->>'$."gen_ai.request.model"') AS model,
        coalesce(attributes->>'$."error.type"', attributes->>'$."exception.type"') AS error_type
    FROM lone_logs),
spans AS (
    SELECT id_scope, trace_id, span_id, arg_min(source_key, log_key) AS source_key, arg_min(line, log_key) AS line,
        arg_min(byte_offset, log_key) AS byte_offset, arg_min(byte_length, log_key) AS byte_length,
        min(log_key) AS log_key, min(at_ns) AS start_ns, max(at_ns) AS end_ns, min(operation) AS operation,
        min(model) AS model, min(error_type) AS error_type, bool_or(starts_with(name, 'gen_ai.') AND NOT starts_with(name, 'gen_ai.evaluation')) AS is_call,
        min(attributes->>'$."gen_ai.request.model"') AS requested_model,
        min(coalesce(attributes->>'$."gen_ai.provider.name"', attributes->>'$."gen_ai.system"')) AS provider,
        min(attributes->>'$."gen_ai.agent.name"') AS agent,
        min(attributes->>'$."gen_ai.tool.name"') AS tool_name,
        min(attributes->>'$."exception.message"') AS error_message,
        min(coalesce(attributes->>'$."gen_ai.conversation.id"', attributes->>'$."session.id"')) AS session_id,
        min(name) AS event_name, min(attributes->>'$.resource."service.name"') AS service,
        max(try_cast(attributes->>'$."gen_ai.usage.input_tokens"' AS BIGINT)) AS input_tokens,
        max(try_cast(attributes->>'$."gen_ai.usage.output_tokens"' AS BIGINT)) AS output_tokens,
        count(*) OVER (PARTITION BY id_scope, trace_id) AS spans_of_trace
    FROM told GROUP BY id_scope, trace_id, span_id),
around AS (
    SELECT id_scope, trace_id, arg_min(source_key, log_key) AS source_key, arg_min(line, log_key) AS line,
        arg_min(byte_offset, log_key) AS byte_offset, arg_min(byte_length, log_key) AS byte_length,
        '(log records)' AS span_id, coalesce(min(service), 'log records') AS name, 'CHAIN' AS kind,
        min(start_ns) AS start_ns, max(end_ns) AS end_ns, min(session_id) AS session_id, 'unset' AS status
    FROM spans GROUP BY id_scope, trace_id HAVING count(*) > 1 OR count(span_id) = 0)
SELECT * FROM around
UNION ALL BY NAME
SELECT s.* EXCLUDE (log_key, operation, is_call, event_name, service, spans_of_trace),
    CASE WHEN spans_of_trace > 1 THEN '(log records)' END AS parent_id,
    coalesce(tool_name, concat_ws(' ', coalesce(operation, CASE WHEN is_call THEN 'chat' END, event_name), model)) AS name,
    CASE
        WHEN operation = 'execute_tool' THEN 'TOOL'
        WHEN operation IN ('invoke_agent', 'create_agent') THEN 'AGENT'
        WHEN operation = 'embeddings' THEN 'EMBEDDING'
        WHEN operation = 'retrieval' THEN 'RETRIEVER'
        WHEN operation IN ('invoke_workflow', 'plan') THEN 'CHAIN'
        WHEN operation LIKE '%_memory' OR operation LIKE '%_memory_store' THEN 'MEMORY'
        WHEN is_call OR operation IS NOT NULL THEN 'LLM'
        ELSE 'CHAIN'
    END AS kind,
    operation AS kind_original,
    CASE WHEN error_type IS NULL THEN 'unset' ELSE 'error' END AS status
FROM spans AS s WHERE span_id IS NOT NULL;

INSERT INTO store.spans BY NAME
    SELECT getvariable('next_key') - 1
            + row_number() OVER (ORDER BY source_key, byte_offset, parent_id NULLS FIRST, span_id) AS span_key,
        false AS is_synthetic, * FROM lone_spans;
UPDATE store.log_targets SET span_id = '(log records)'
WHERE span_id IS NULL AND log_key IN (SELECT log_key FROM lone_logs);
INSERT INTO store.issues
    SELECT source_key, NULL, NULL, 'warning', 'spans_from_logs',
        CASE count(*) WHEN 1 THEN 'a span is told by its' ELSE count(*) || ' spans are told by their' END
            || ' log records alone: open them together with the file that holds the spans',
        NULL, 0, NULL
    FROM lone_spans GROUP BY source_key;
DROP TABLE lone_logs; DROP TABLE lone_spans;
