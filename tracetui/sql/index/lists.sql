-- From the list `attributes` to a column for each attribute in use. Only codes are made of all of them: a lambda that gives
-- texts copies them, payloads too. Codes are turned round: of attributes with the same key the last one counts.
coded AS (SELECT *, list_reverse(list_transform(attributes, lambda a: /*code*/)) AS codes FROM found),
usual AS (SELECT * EXCLUDE (attributes), coalesce(list_max(codes) > /*usual*/, false) AS has_others/*values*/ FROM coded),
