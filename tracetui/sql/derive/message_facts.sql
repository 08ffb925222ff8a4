-- What is known of each message: the call whose result it is, whether it calls itself a summary of what was said (and
-- does not ask for one), whether it is a note in the place of a result, and its length.
WITH parts AS (
    SELECT *, lower(left(content, 400)) AS beginning FROM store.message_parts),
told AS (
    SELECT *,
        type = 'compaction' OR CASE WHEN regexp_matches(beginning, 'summar|recap|compacted|condensed|continued from') THEN
            regexp_matches(beginning, 'continued from (a|the) previous (conversation|session)'
                || '|^[^a-z]*(conversation |context |session |history |chat )?summary *[>:\]\n]'
                || '|(summary|recap) (of|from) (the |our |this |your |all |what |)(earlier|previous|prior|past|preceding|older|'
                || 'conversation|discussion|messages|history|session|happened|interaction|dialog|chat|work|progress)'
                || '|(conversation|history|context|messages|discussion|session|turns)[a-z ,]{0,30} (summari[sz]ed|compacted|condensed)')
            AND NOT regexp_matches(beginning, '^[^a-z]*(you are|your task|please|now|can you|could you|write|create|provide|generate|'
                || 'produce|draft|summari[sz]e |make|give|compose|prepare)\b')
            ELSE false END AS is_summary,
        type = 'tool_result' AND length(content) <= 160
            AND regexp_matches(beginning, '^\s*[\[<(][^\n]*\b(cleared|removed|omitted|pruned|elided|dropped|expired|compacted)\b')
            AS is_placeholder
    FROM parts)
SELECT b.message_key, b.role, max(p.tool_call_id), coalesce(bool_or(p.type = 'tool_result'), false),
    coalesce(bool_or(p.is_summary), false), coalesce(sum(length(p.content)), 0)::BIGINT,
    coalesce(bool_or(p.is_placeholder), false)
FROM store.message_bodies AS b LEFT JOIN told AS p USING (message_key) GROUP BY b.message_key, b.role
