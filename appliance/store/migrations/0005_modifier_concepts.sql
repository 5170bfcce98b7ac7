-- A diagnosis's modifiers are concepts since they carry several codings (the receipt's own first); each was one coding before.
UPDATE records SET body = CAST((
    SELECT json_group_array(json_set(condition.value, '$.modifiers', json((
        SELECT json_group_array(json_object('codings', json_array(json(modifier.value)), 'text', ''))
        FROM json_each(condition.value, '$.modifiers') AS modifier
    ))))
    FROM json_each(CAST(records.body AS TEXT)) AS condition
) AS BLOB)
WHERE type = 'Condition';
