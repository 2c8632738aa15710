-- Which rows could not be billed or read?
--
-- By the tables as they were published. Usage that is charged nothing by the rules is no finding: see `leakage`. Usage that
-- came late afterwards is told by `monthend status`.
--
-- kind     the kind of exception that someone should look at; `rejects` for rows that could not be read
-- groups   groups of exceptions, by account and detail; of rejects, rows
-- rows     the rows in them
-- credits  their credits; 0 where they are changes, and empty for rejects
SELECT month, kind, count(*) AS groups, coalesce(sum(rows), 0)::BIGINT AS rows, coalesce(sum(credits), 0) AS credits
FROM exceptions
WHERE kind NOT IN ('unbilled-usage', 'overage-unavailable', 'dropped-usage')
GROUP BY month, kind
UNION ALL
SELECT month, 'rejects', count(*), count(*), NULL
FROM rejects
GROUP BY month
ORDER BY month, kind;
