-- From the list `attributes` to a column for each attribute in use. Only codes are made of all of them: a lambda that gives
-- texts copies them, payloads too. Codes are turned round: of attributes with the same key the last one counts.
coded AS (SELECT *, list_reverse(list_transform(attributes, lambda a: /*code*/)) AS codes FROM found),
split AS (
    SELECT
        *, coalesce(list_max(codes) > /*usual*/, false) AS is_rare,
        CASE WHEN is_rare THEN list_transform(attributes, lambda a: index_text(a.value)) END AS rare_texts,
        CASE WHEN is_rare THEN list_transform(attributes, lambda a: index_figure(a.value)) END AS rare_numbers
    FROM coded),
usual AS (
    SELECT
        * EXCLUDE (attributes),
        CASE WHEN is_rare THEN list_transform(rare_numbers, lambda n: index_integer(n)) END AS rare_integers/*usual_values*/
    FROM split),
