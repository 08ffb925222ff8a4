-- Values as the columns take them; conventions.py says the rules in words.
CREATE OR REPLACE TEMP MACRO index_integer(value) AS
    CASE
        WHEN value IS NULL THEN NULL
        WHEN try_cast(value AS BIGINT)::VARCHAR = value THEN try_cast(value AS BIGINT)
        WHEN regexp_full_match(value, '-?[0-9]{1,18}') THEN try_cast(value AS BIGINT)
    END;

CREATE OR REPLACE TEMP MACRO index_number(value) AS
    CASE
        WHEN value IS NULL THEN NULL
        WHEN regexp_full_match(value, '-?[0-9]{1,19}([.][0-9]{1,18})?([eE][+-]?[0-9]{1,2})?') THEN try_cast(value AS DOUBLE)
    END;

-- Dollars of at most 20 decimals, rounded half even to 12: the cast rounds ties away from zero.
CREATE OR REPLACE TEMP MACRO index_rounded(exact) AS
    exact::DECIMAL(24, 12) - CASE
        WHEN abs(exact - exact::DECIMAL(24, 12)) = 0.0000000000005::DECIMAL(38, 20)
            AND (exact::DECIMAL(24, 12) * 1000000000000)::HUGEINT % 2 <> 0
        THEN sign(exact) * 0.000000000001::DECIMAL(24, 12)
        ELSE 0::DECIMAL(24, 12)
    END;

CREATE OR REPLACE TEMP MACRO index_cost(value) AS
    CASE
        WHEN abs(index_number(value)) <= 999999
        THEN CASE
            -- no cost is nothing because it is small
            WHEN index_number(value) <> 0 AND abs(index_number(value)) <= 5e-13 THEN sign(index_number(value)) * 0.000000000001
            ELSE index_rounded(try_cast(value AS DECIMAL(38, 20))) END::DECIMAL(24, 12)
    END;

-- The time to the first token is at least 1 ns.
CREATE OR REPLACE TEMP MACRO index_ttft(value, unit_ns) AS
    CASE
        WHEN index_number(value) * unit_ns > 0 AND index_number(value) * unit_ns < 4.6e18
        THEN nullif(floor(index_number(value) * unit_ns + 0.5)::BIGINT, 0)
    END;

-- What an attribute's typed value says as text, and as the text of a number.
CREATE OR REPLACE TEMP MACRO index_text(value) AS coalesce(nullif(value.stringValue, ''), value.intValue);

CREATE OR REPLACE TEMP MACRO index_figure(value) AS
    coalesce(value.intValue, value.stringValue, regexp_replace(value.doubleValue, '[.]0$', ''));

-- Sum of the members of a JSON object in text that hold an integer.
CREATE OR REPLACE TEMP MACRO index_member_sum(value, paths) AS
    CASE
        WHEN starts_with(ltrim(value), '{')
        THEN try_cast(list_sum(list_transform(
            try(json_extract_string(value, paths)), lambda member: index_integer(member))) AS BIGINT)
    END;

-- Whether a text is a JSON object whose members can all be read where they are there.
CREATE OR REPLACE TEMP MACRO index_counts_read(value, paths) AS
    starts_with(ltrim(value), '{') AND len(list_filter(
        try(json_extract_string(value, paths)), lambda member: member IS NOT NULL AND index_integer(member) IS NULL)) = 0;

CREATE OR REPLACE TEMP MACRO index_costs_read(value, paths) AS
    starts_with(ltrim(value), '{') AND len(list_filter(
        try(json_extract_string(value, paths)), lambda member: member IS NOT NULL AND index_cost(member) IS NULL)) = 0;

CREATE OR REPLACE TEMP MACRO index_member(value, path) AS
    CASE WHEN starts_with(ltrim(value), '{') THEN try(json_extract_string(value, path)) END;

CREATE OR REPLACE TEMP MACRO index_word(value) AS
    lower(CASE WHEN contains(value, '"') THEN trim(value, '"') ELSE value END);

-- Ids in the form that nearly all exporters write; NULL leaves the record to the full reader.
CREATE OR REPLACE TEMP MACRO index_regular_id(value, digits) AS
    CASE
        WHEN strlen(value) = digits AND lower(value) = value AND NOT contains(value, ' ')
            AND NOT starts_with(value, '0x') AND value <> repeat('0', digits)
        THEN value
    END;

CREATE OR REPLACE TEMP MACRO index_id(value, digits) AS index_regular_id(value, digits);

-- Whether `id` is all that a text says of a parent.
CREATE OR REPLACE TEMP MACRO index_is_id_read(value, id) AS
    CASE WHEN id IS NULL THEN coalesce(trim(value, '0') = '', true) ELSE true END;

-- Nanoseconds since 1970, before 2262 (LATEST_NS): the end of int64 stands for infinity.
CREATE OR REPLACE TEMP MACRO index_positive(value) AS
    CASE WHEN value > 0 AND value <= 9214646400000000000 THEN value END;

-- Nanoseconds in the form that nearly all exporters write; other forms go to the full reader. A CASE, since both sides of
-- an OR are computed for every row.
CREATE OR REPLACE TEMP MACRO index_is_ns(text, number) AS
    CASE
        WHEN text IS NULL OR strlen(text) = 19 AND number BETWEEN 1000000000000000000 AND 9214646400000000000 THEN true
        ELSE coalesce(number <= 9214646400000000000 AND number::VARCHAR = text, false)
    END;

-- The line of an error message that says most: the first, or the last of a bare traceback.
CREATE OR REPLACE TEMP MACRO index_lines(message) AS
    list_filter(
        list_transform(
            regexp_extract_all(message, '[^\n\r\v\f\x{1c}-\x{1e}\x{85}\x{2028}\x{2029}]+'),
            lambda line: regexp_replace(regexp_replace(line, '^[\s\p{Z}\x1f]+', ''), '[\s\p{Z}\x1f]+$', '')),
        lambda line: line <> '');

CREATE OR REPLACE TEMP MACRO index_one_line(message) AS
    CASE
        WHEN starts_with(index_lines(message)[1], 'Traceback (') THEN index_lines(message)[-1]
        ELSE index_lines(message)[1]
    END;

-- Nanoseconds of ISO 8601 text as nearly all exporters write it: in UTC, up to nine fraction digits.
CREATE OR REPLACE TEMP MACRO index_iso_ns(value) AS
    CASE
        WHEN regexp_full_match(
            value, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?(Z|[+]00:00)?')
        THEN epoch_ns(try_cast(regexp_replace(value, '(Z|[+]00:00)$', '') AS TIMESTAMP_NS))
    END;

CREATE OR REPLACE TEMP MACRO index_ttft_at(value, start_ns) AS
    CASE WHEN index_iso_ns(trim(value, '"')) > start_ns THEN index_iso_ns(trim(value, '"')) - start_ns END;

-- OpenTelemetry's status code as number or word.
CREATE OR REPLACE TEMP MACRO index_status(code) AS
    CASE
        WHEN code IS NULL OR code = '0' THEN 'unset'
        WHEN code = '1' THEN 'ok'
        WHEN code = '2' THEN 'error'
        WHEN regexp_replace(upper(code), '^.*[_.]', '') = 'OK' THEN 'ok'
        WHEN regexp_replace(upper(code), '^.*[_.]', '') = 'ERROR' THEN 'error'
        ELSE 'unset'
    END;

-- A time in the forms that nearly all exporters write: ISO 8601 in UTC, or a number of nanoseconds. The first branch
-- knows the usual lengths, with 0, 3, 6 or 9 digits of a second, without a regular expression.
CREATE OR REPLACE TEMP MACRO index_time(value) AS
    CASE
        WHEN strlen(value) IN (20, 24, 27, 30) AND value BETWEEN '1970-01-01T00:00:01' AND '2262-01-01'
            AND value LIKE '____-__-__T__:__:__%Z'
        THEN epoch_ns(try_cast(value AS TIMESTAMP_NS)) -- within the range by its text, so that it is computed once
        WHEN value LIKE '____-%' THEN index_positive(index_iso_ns(value))
        WHEN strlen(value) >= 18 AND try_cast(value AS BIGINT)::VARCHAR = value
        THEN index_positive(try_cast(value AS BIGINT))
    END;

-- Whether a text may hold what the two macros below look for: most hold none of these words, and are passed over fast.
-- RE2 jumps from one underscore to the next, `contains` to a first letter that is seldom.
CREATE OR REPLACE TEMP MACRO index_hints(text) AS
    regexp_matches(text, '_(?:tool_use|geo|sources_used|search|interpreter_call|tier)')
    OR contains(text, 'SearchQueries') OR contains(text, 'Tier');

-- What a call's text tells of charges besides tokens and of its tier is read whole with its run; until then such a call
-- costs at least what its tokens do. Quotes may be escaped. NULL for texts without `index_hints`.
CREATE OR REPLACE TEMP MACRO index_other_charges(text) AS
    CASE WHEN (regexp_matches(text, 'server_tool_use[\\"]*\s*:\s*\{[^}]*[1-9]|web_search_requests[^0-9}]{1,40}[1-9]|num_sources_used[\\"]*\s*:\s*[1-9]|(web_search|file_search|code_interpreter)_call|web_?[sS]earch_?[qQ]ueries[\\"]*\s*:\s*\[\s*[\\"]')
            OR regexp_extract(text, 'inference_geo[\\"]*\s*:\s*[\\"]+(\w+)', 1) NOT IN ('', 'global', 'not_available'))
    THEN 'those that its answer tells, read when its run is opened' END;

CREATE OR REPLACE TEMP MACRO index_tier(text) AS
    CASE
        WHEN NOT (contains(text, 'ervice_tier') OR contains(text, 'erviceTier')) THEN NULL
        WHEN regexp_matches(text, '[\\"]speed[\\"]+\s*:\s*[\\"]+fast\b') THEN 'fast'
        -- the answer stands after the request
        ELSE regexp_extract_all(text, 'ervice_?[tT]ier[\\"]*\s*:\s*[\\"]+(flex|batch|priority|scale|default|standard|auto)\b', 1)[-1]
    END;
