CREATE VIEW spans AS
SELECT
    r.run_id, s.span_id, CASE WHEN p.parent_key IS NOT NULL THEN coalesce(p.above_id, s.parent_id) END AS parent_id, p.position, p.depth, p.step, s.kind, s.kind_original, s.name, s.agent,
    s.status, s.error_type, s.error_message,
    make_timestamp_ns(s.start_ns) AS started_at, make_timestamp_ns(s.end_ns) AS ended_at, s.start_ns, s.end_ns,
    CASE WHEN s.end_ns >= s.start_ns THEN s.end_ns - s.start_ns ELSE s.took_ns END AS duration_ns, p.self_ns,
    coalesce(s.model, s.requested_model) AS model, s.provider, s.tool_name, l.input, l.output,
    l.attributes::JSON AS attributes, c.resource::JSON AS resource, c.scope::JSON AS scope,
    s.session_id, s.is_synthetic, o.source, s.line, s.trace_id, s.parent_id AS recorded_parent_id, p.subtree_end,
    p.usage_role, l.tags, l.metadata::JSON AS metadata, s.requested_model, r.duplicate_of, p.raised
FROM store.spans AS s
JOIN store.places AS p USING (span_key)
JOIN store.runs AS r USING (run_key)
JOIN store.sources AS o ON o.source_key = s.source_key
LEFT JOIN store.payloads AS l ON l.span_key = s.span_key
LEFT JOIN store.resources AS c USING (resource_key);

COMMENT ON VIEW spans IS 'One row per span: a timed operation in the tree of a run.';
COMMENT ON COLUMN spans.run_id IS 'run that the span belongs to';
COMMENT ON COLUMN spans.span_id IS 'id as recorded, in normal form';
COMMENT ON COLUMN spans.parent_id IS 'span above it in the tree';
COMMENT ON COLUMN spans.position IS 'place in depth-first order, from 0';
COMMENT ON COLUMN spans.depth IS 'levels below the root';
COMMENT ON COLUMN spans.step IS 'step number, where the span is a step';
COMMENT ON COLUMN spans.kind IS 'AGENT, LLM, TOOL, RETRIEVER, EMBEDDING, RERANKER, GUARDRAIL, EVALUATOR, PROMPT, CHAIN, HANDOFF, APPROVAL, MEMORY or UNKNOWN';
COMMENT ON COLUMN spans.kind_original IS 'the word of the source for its kind';
COMMENT ON COLUMN spans.name IS 'name as recorded';
COMMENT ON COLUMN spans.agent IS 'agent that it belongs to, where recorded';
COMMENT ON COLUMN spans.status IS 'ok, error, interrupted, unfinished or unset';
COMMENT ON COLUMN spans.error_type IS 'type of its error';
COMMENT ON COLUMN spans.error_message IS 'first line of its error';
COMMENT ON COLUMN spans.started_at IS 'start, UTC';
COMMENT ON COLUMN spans.ended_at IS 'end, UTC';
COMMENT ON COLUMN spans.start_ns IS 'start in nanoseconds since 1970, UTC';
COMMENT ON COLUMN spans.end_ns IS 'end in nanoseconds since 1970, UTC';
COMMENT ON COLUMN spans.duration_ns IS 'nanoseconds from start to end';
COMMENT ON COLUMN spans.self_ns IS 'nanoseconds in which none of its children ran';
COMMENT ON COLUMN spans.model IS 'model that answered, else the one asked for';
COMMENT ON COLUMN spans.provider IS 'provider of the model';
COMMENT ON COLUMN spans.tool_name IS 'tool that was called';
COMMENT ON COLUMN spans.input IS 'what went in, as text';
COMMENT ON COLUMN spans.output IS 'what came out, as text';
COMMENT ON COLUMN spans.attributes IS 'all attributes as recorded';
COMMENT ON COLUMN spans.resource IS 'what produced the span: service, process, version';
COMMENT ON COLUMN spans.scope IS 'instrumentation that recorded it';
COMMENT ON COLUMN spans.session_id IS 'conversation named on the span';
COMMENT ON COLUMN spans.is_synthetic IS 'stands for a parent that the source lacks';
COMMENT ON COLUMN spans.source IS 'file it was read from';
COMMENT ON COLUMN spans.line IS 'line or row in that file';
COMMENT ON COLUMN spans.trace_id IS 'trace id as recorded';
COMMENT ON COLUMN spans.recorded_parent_id IS 'parent as recorded, also where no such span exists';
COMMENT ON COLUMN spans.subtree_end IS 'position after its last descendant';
COMMENT ON COLUMN spans.usage_role IS 'leaf where its token usage counts, rollup where it repeats that of its descendants, duplicate where it repeats one call, remainder where only what exceeds them counts';
COMMENT ON COLUMN spans.tags IS 'labels on the span';
COMMENT ON COLUMN spans.metadata IS 'further facts on the span';
COMMENT ON COLUMN spans.requested_model IS 'model that was asked for, where it was recorded apart';
COMMENT ON COLUMN spans.raised IS 'whether its error arose in it: it failed, and no span below it did';
COMMENT ON COLUMN spans.duplicate_of IS 'run of another export that its run is too and that stands for it in totals';
