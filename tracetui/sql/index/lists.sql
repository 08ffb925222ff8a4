-- From the list `hot` of {code, text, number} to a column for each attribute in use. Codes are turned round, which is less
-- work than turning the whole list: of attributes with the same key the last one counts.
split AS (
    SELECT
        * EXCLUDE (hot), list_reverse([a.code FOR a IN hot]) AS codes, [a.text FOR a IN hot] AS texts,
        [a.number FOR a IN hot] AS numbers
    FROM found),
usual AS (
    SELECT
        *, coalesce(list_max(codes) > /*usual*/, false) AS is_rare,
        CASE WHEN is_rare THEN list_transform(numbers, lambda n: index_integer(n)) END AS rare_integers/*usual_values*/
    FROM split),
