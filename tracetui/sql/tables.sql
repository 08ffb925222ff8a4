-- Base tables. They may change between versions; the views in views/*.sql are what users rely on, with comments on
-- every column.
-- The "index" tables hold what lists of runs need; the others are filled by later stages of a load, and until then
-- refusals stand in their place (see docs/architecture.md).
CREATE SCHEMA store;

CREATE TABLE store.meta (key VARCHAR, value VARCHAR);
COMMENT ON TABLE store.meta IS 'facts about this file: its version, how much it holds';

-- index ------------------------------------------------------------------------------------------------------
-- mapping is how the rows of a source of no format were read, as JSON
CREATE TABLE store.sources (
    source_key INTEGER, source VARCHAR, path VARCHAR, format VARCHAR, format_version VARCHAR, why_detected VARCHAR,
    container VARCHAR, size_bytes BIGINT, modified_ns BIGINT, records BIGINT, skipped BIGINT, merged BIGINT,
    elapsed_ms DOUBLE, grade VARCHAR, mapping VARCHAR);
COMMENT ON TABLE store.sources IS 'files and members of bundles';

CREATE TABLE store.inputs (name VARCHAR, path VARCHAR, size_bytes BIGINT, modified_ns BIGINT, digest VARCHAR);
COMMENT ON TABLE store.inputs IS 'the files that were opened, a bundle being one; `digest` of their bytes where the database is one to keep';

CREATE TABLE store.issues (
    source_key INTEGER, line BIGINT, byte_offset BIGINT, severity VARCHAR, code VARCHAR, message VARCHAR,
    span_id VARCHAR, skipped BIGINT, trace_id VARCHAR);
COMMENT ON TABLE store.issues IS 'import issues';

-- took_ns is how long a span took, where its times do not tell. usage_unread tells figures that were given and are none.
-- tool_call_id comes with payloads: an index leaves it out, which only they are joined by.
-- id_scope is 0 where ids are unique across sources, else the source_key that makes them so; below 0 stand the spans of
-- another export of a trace, which share no ids with those of the first (derive/copies.sql)
-- Readers fill these tables by position (store/loader.py).
-- Where few sources fill a column, to look for its best compression takes longer than to write it: most row groups hold NULL alone.
CREATE TABLE store.spans (
    span_key BIGINT, source_key INTEGER, id_scope INTEGER, line BIGINT, byte_offset BIGINT, byte_length BIGINT,
    trace_id VARCHAR, span_id VARCHAR, parent_id VARCHAR, name VARCHAR, kind VARCHAR, kind_original VARCHAR,
    status VARCHAR, error_type VARCHAR, error_message VARCHAR, start_ns BIGINT, end_ns BIGINT,
    agent VARCHAR, model VARCHAR, requested_model VARCHAR, provider VARCHAR, tool_name VARCHAR,
    tool_call_id VARCHAR, session_id VARCHAR, user_id VARCHAR, environment VARCHAR, version VARCHAR,
    input_tokens BIGINT, output_tokens BIGINT, total_tokens BIGINT, cache_read_tokens BIGINT,
    cache_write_tokens BIGINT, reasoning_tokens BIGINT, cost_usd DECIMAL(24, 12), ttft_ns BIGINT,
    is_synthetic BOOLEAN, header_key INTEGER,
    cache_write_5m_tokens BIGINT USING COMPRESSION uncompressed, cache_write_1h_tokens BIGINT USING COMPRESSION uncompressed,
    input_audio_tokens BIGINT USING COMPRESSION uncompressed, input_image_tokens BIGINT USING COMPRESSION uncompressed,
    output_audio_tokens BIGINT USING COMPRESSION uncompressed, other_tokens BIGINT USING COMPRESSION uncompressed,
    cache_read_audio_tokens BIGINT USING COMPRESSION uncompressed, output_image_tokens BIGINT USING COMPRESSION uncompressed,
    usage_semantics VARCHAR, service_tier VARCHAR, web_searches BIGINT USING COMPRESSION uncompressed, other_charges VARCHAR,
    took_ns BIGINT USING COMPRESSION uncompressed, usage_unread VARCHAR);
COMMENT ON TABLE store.spans IS 'spans, with what lists of runs need';

CREATE TABLE store.headers (
    header_key INTEGER, source_key INTEGER, resource_offset BIGINT, resource_length BIGINT, scope_offset BIGINT,
    scope_length BIGINT);
COMMENT ON TABLE store.headers IS 'where the resource and scope of indexed spans stand in their source';
CREATE TABLE store.further_records (
    span_key BIGINT, source_key INTEGER, header_key INTEGER, line BIGINT, byte_offset BIGINT, byte_length BIGINT);
COMMENT ON TABLE store.further_records IS 'where the records of indexed spans stand that add to the first';

CREATE TABLE store.trace_facts (
    id_scope INTEGER, trace_id VARCHAR, name VARCHAR, session_id VARCHAR, user_id VARCHAR, metadata VARCHAR,
    tags VARCHAR[]);
COMMENT ON TABLE store.trace_facts IS 'what records say about a whole trace';

CREATE TABLE store.runs (
    run_key BIGINT, run_id VARCHAR, trace_id VARCHAR, root_key BIGINT, source_key INTEGER, session_id VARCHAR,
    name VARCHAR, agent VARCHAR, user_id VARCHAR, environment VARCHAR, version VARCHAR, tags VARCHAR[],
    metadata VARCHAR, status VARCHAR, start_ns BIGINT, end_ns BIGINT, spans BIGINT, steps BIGINT,
    llm_calls BIGINT, tool_calls BIGINT, errors BIGINT, recovered_errors BIGINT, failed_step INTEGER,
    steps_before_failure INTEGER, failed_key BIGINT, failed_span_id VARCHAR, failed_name VARCHAR,
    error_type VARCHAR, error_message VARCHAR, models VARCHAR[], input_tokens BIGINT, output_tokens BIGINT, total_tokens BIGINT,
    cache_read_tokens BIGINT, cost_usd DECIMAL(24, 12), priced_calls BIGINT, unpriced_calls BIGINT,
    duplicate_of VARCHAR, incomplete VARCHAR, took_ns BIGINT);
COMMENT ON TABLE store.runs IS 'runs, with what lists of them show';

-- later stages ----------------------------------------------------------------------------------------------------
-- where each span stands in its run's tree; `agent_key` is the nearest agent above it, `tool_key` the nearest tool, itself if
-- it is one; `above_id` is the id of the span above it where the record names another,
-- `raised` says that it failed and no span below it did
CREATE TABLE store.places (
    span_key BIGINT, run_key BIGINT, parent_key BIGINT, position INTEGER, depth INTEGER, subtree_end INTEGER,
    step INTEGER, parent_step INTEGER, call_step INTEGER, usage_role VARCHAR, self_ns BIGINT, is_counted BOOLEAN,
    is_topmost BOOLEAN, cover_key BIGINT, agent_key BIGINT, tool_key BIGINT, above_id VARCHAR, raised BOOLEAN);
COMMENT ON TABLE store.places IS 'where each span stands in the tree of its run';

CREATE TABLE store.usage (
    span_key BIGINT, input_tokens BIGINT, output_tokens BIGINT, total_tokens BIGINT, in_uncached BIGINT,
    in_cache_read BIGINT, in_cache_read_audio BIGINT, in_cache_write_5m BIGINT, in_cache_write_1h BIGINT, in_cache_write BIGINT, in_audio BIGINT,
    in_image BIGINT, out_text BIGINT, out_reasoning BIGINT, out_audio BIGINT, out_image BIGINT, other BIGINT, unexplained BIGINT,
    cost_usd DECIMAL(24, 12), semantics VARCHAR, semantics_told VARCHAR, lacks_input BOOLEAN, lacks_output BOOLEAN, anomaly VARCHAR);
COMMENT ON TABLE store.usage IS 'what the figures of each span mean: disjoint buckets that add up to total_tokens, and inclusive sums';

CREATE TABLE store.remainders (
    span_key BIGINT, input_tokens BIGINT, output_tokens BIGINT, total_tokens BIGINT, in_uncached BIGINT,
    in_cache_read BIGINT, in_cache_read_audio BIGINT, in_cache_write_5m BIGINT, in_cache_write_1h BIGINT, in_cache_write BIGINT, in_audio BIGINT,
    in_image BIGINT, out_text BIGINT, out_reasoning BIGINT, out_audio BIGINT, out_image BIGINT, other BIGINT, unexplained BIGINT,
    cost_usd DECIMAL(24, 12));
COMMENT ON TABLE store.remainders IS 'what a span reports beyond what stands below it';

-- what is priced: figures and remainders with what their price depends on and where they count. `is_charged` says that the
-- row counts as a call or a remainder (without figures too, `is_told` is false then), `is_cover` that others' costs are
-- part of it, `is_sum` that it may be of several calls. What views show of a call stands here too: a join with all spans
-- takes longer than the rest of an answer about money.
CREATE TABLE store.figures (
    span_key BIGINT, run_key BIGINT, is_remainder BOOLEAN, is_told BOOLEAN, is_charged BOOLEAN, is_cover BOOLEAN, is_sum BOOLEAN,
    usage_role VARCHAR, is_counted BOOLEAN, cover_key BIGINT, cover_id VARCHAR, step INTEGER, model VARCHAR,
    provider VARCHAR, service_tier VARCHAR, web_searches BIGINT, other_charges VARCHAR, moment_ns BIGINT, semantics VARCHAR, semantics_told VARCHAR,
    input_tokens BIGINT, output_tokens BIGINT, total_tokens BIGINT, in_uncached BIGINT,
    in_cache_read BIGINT, in_cache_read_audio BIGINT, in_cache_write_5m BIGINT, in_cache_write_1h BIGINT, in_cache_write BIGINT, in_audio BIGINT,
    in_image BIGINT, out_text BIGINT, out_reasoning BIGINT, out_audio BIGINT, out_image BIGINT, other BIGINT, unexplained BIGINT,
    lacks_input BOOLEAN, lacks_output BOOLEAN, reported_cost_usd DECIMAL(24, 12), span_id VARCHAR, agent VARCHAR, requested_model VARCHAR, start_ns BIGINT, end_ns BIGINT,
    ttft_ns BIGINT, tells_cache_read BOOLEAN, tells_cache_write BOOLEAN, tells_reasoning BOOLEAN, settings_key BIGINT,
    took_ns BIGINT);
COMMENT ON TABLE store.figures IS 'what is priced: figures and remainders with what their price depends on and where they count';

CREATE TABLE store.call_settings (settings_key BIGINT, finish_reasons VARCHAR[], parameters VARCHAR);
COMMENT ON TABLE store.call_settings IS 'how calls were asked for and why they ended, each combination once';

-- dollars for one token of each bucket, one request or one call of a tool, over an interval of time and of input size;
-- empty in a database that was just loaded: a reader sets the variable tracetui_prices, an export writes them here
CREATE TYPE store.price AS STRUCT(
    provider VARCHAR, model VARCHAR, service_tier VARCHAR, tool VARCHAR, from_ns BIGINT, until_ns BIGINT, above_input BIGINT,
    upto_input BIGINT, in_uncached DECIMAL(18, 12), in_cache_read DECIMAL(18, 12), in_cache_read_audio DECIMAL(18, 12), in_cache_write_5m DECIMAL(18, 12),
    in_cache_write_1h DECIMAL(18, 12), in_cache_write DECIMAL(18, 12), in_audio DECIMAL(18, 12),
    in_image DECIMAL(18, 12), out_text DECIMAL(18, 12), out_reasoning DECIMAL(18, 12), out_audio DECIMAL(18, 12), out_image DECIMAL(18, 12),
    other DECIMAL(18, 12), per_request DECIMAL(18, 12), per_web_search DECIMAL(18, 12), is_own BOOLEAN, price_source VARCHAR, price_date VARCHAR, note VARCHAR,
    context_window BIGINT);
CREATE TABLE store.prices (price store.price);
COMMENT ON TABLE store.prices IS 'the prices in use, in files that were exported';

CREATE TABLE store.payloads (
    span_key BIGINT, input VARCHAR, output VARCHAR, attributes VARCHAR, resource_key BIGINT, metadata VARCHAR,
    parameters VARCHAR, tags VARCHAR[], finish_reasons VARCHAR[], usage_raw VARCHAR);
COMMENT ON TABLE store.payloads IS 'what spans hold beyond what lists and trees show';

CREATE TABLE store.resources (resource_key BIGINT, resource VARCHAR, scope VARCHAR);
COMMENT ON TABLE store.resources IS 'resources with scopes, each combination once';

CREATE TABLE store.message_bodies (message_key BIGINT, role VARCHAR, name VARCHAR);
COMMENT ON TABLE store.message_bodies IS 'messages, each once, whatever the number of calls that repeat it';

CREATE TABLE store.message_parts (
    message_key BIGINT, part INTEGER, type VARCHAR, content VARCHAR, tool_call_id VARCHAR, tool_name VARCHAR,
    mime_type VARCHAR, size_bytes BIGINT, is_error BOOLEAN);
COMMENT ON TABLE store.message_parts IS 'parts of message bodies';

CREATE TABLE store.message_lists (list_key INTEGER, place BIGINT, message_key BIGINT);
COMMENT ON TABLE store.message_lists IS 'histories, which calls repeat, each once';

CREATE TABLE store.message_ranges (
    span_key BIGINT, side VARCHAR, position INTEGER, list_key INTEGER, first BIGINT, length INTEGER,
    finish_reason VARCHAR);
COMMENT ON TABLE store.message_ranges IS 'what a call was given and gave back, as stretches of store.message_lists, or without a list as messages whose keys follow on one another from `first` on; `position` is that of the first message';

CREATE VIEW store.span_messages AS
    SELECT r.span_key, r.side, (r.position + r.place - r.first)::INTEGER AS position,
        coalesce(l.message_key, r.place) AS message_key, r.finish_reason
    FROM (SELECT *, unnest(range(first, first + length)) AS place FROM store.message_ranges) AS r
    LEFT JOIN store.message_lists AS l ON l.list_key = r.list_key AND l.place = r.place;
COMMENT ON VIEW store.span_messages IS 'messages of calls, the stretches unfolded';

CREATE TABLE store.context_changes (
    span_key BIGINT, previous_key BIGINT, step INTEGER, change VARCHAR, messages INTEGER, characters BIGINT,
    first_position INTEGER, tokens BIGINT, tokens_before BIGINT, tokens_after BIGINT, window_limit BIGINT,
    fidelity VARCHAR, evidence VARCHAR);
COMMENT ON TABLE store.context_changes IS 'what entered or left the context window at a call, and compactions and edits as sources tell of them';

CREATE TABLE store.context_findings (span_key BIGINT, step INTEGER, key VARCHAR, evidence VARCHAR);
COMMENT ON TABLE store.context_findings IS 'tool results that were cleared before any call was given them';

CREATE TABLE store.tool_definitions (tool_key BIGINT, name VARCHAR, description VARCHAR, schema VARCHAR);
COMMENT ON TABLE store.tool_definitions IS 'definitions of tools, each once';

CREATE TABLE store.span_tools (span_key BIGINT, position INTEGER, tool_key BIGINT);
COMMENT ON TABLE store.span_tools IS 'which definitions a call was given';

CREATE TABLE store.events (span_key BIGINT, position INTEGER, at_ns BIGINT, name VARCHAR, attributes VARCHAR);
COMMENT ON TABLE store.events IS 'events of spans';

CREATE TABLE store.links (span_key BIGINT, linked_trace_id VARCHAR, linked_span_id VARCHAR, attributes VARCHAR);
COMMENT ON TABLE store.links IS 'links of spans';

CREATE TABLE store.scores (
    source_key INTEGER, span_key BIGINT, run_key BIGINT, trace_id VARCHAR, span_id VARCHAR, name VARCHAR,
    value DOUBLE, label VARCHAR, passed BOOLEAN, kind VARCHAR, author VARCHAR, comment VARCHAR, at_ns BIGINT);
COMMENT ON TABLE store.scores IS 'scores of spans and runs';

CREATE TABLE store.tool_calls (
    run_key BIGINT, tool_call_id VARCHAR, name VARCHAR, arguments VARCHAR, result VARCHAR, status VARCHAR,
    error_message VARCHAR, requested_key BIGINT, executed_key BIGINT, step INTEGER, start_ns BIGINT,
    duration_ns BIGINT, attempt INTEGER);
COMMENT ON TABLE store.tool_calls IS 'tool calls, requests joined with executions';

CREATE TABLE store.state_changes (
    run_key BIGINT, seq BIGINT, moment INTEGER, step INTEGER, span_key BIGINT, position INTEGER, op VARCHAR,
    store VARCHAR, scope VARCHAR, key VARCHAR, before_key BIGINT, after_key BIGINT, actor VARCHAR, fidelity VARCHAR,
    evidence VARCHAR, at_ns BIGINT);
COMMENT ON TABLE store.state_changes IS 'what changed in the agent''s memory, key by key; `moment` counts the points of a run at which anything changed';

CREATE TABLE store.state_bodies (value_key BIGINT, size_bytes BIGINT, body VARCHAR);
COMMENT ON TABLE store.state_bodies IS 'each value once, as JSON text; long ones stand apart, since their versions resemble each other, and few are asked for';
CREATE TABLE store.state_long_bodies (value_key BIGINT, body VARCHAR USING COMPRESSION zstd);
COMMENT ON TABLE store.state_long_bodies IS 'the long values among them';
CREATE VIEW store.state_values AS
    SELECT s.value_key, s.size_bytes, coalesce(s.body, l.body) AS body
    FROM store.state_bodies AS s LEFT JOIN store.state_long_bodies AS l USING (value_key);
COMMENT ON VIEW store.state_values IS 'values of states, short and long';

-- outcome is loaded, merged or skipped
CREATE TABLE store.records (
    source_key INTEGER, line BIGINT, byte_offset BIGINT, byte_length BIGINT, span_key BIGINT, outcome VARCHAR,
    record VARCHAR);
COMMENT ON TABLE store.records IS 'records as read, and what became of them';
