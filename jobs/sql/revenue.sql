-- What was charged, by plan and kind?
--
-- By the lines of all documents in force of the month, notes included, whenever they were issued: so the amounts add up
-- to the statements.
--
-- plan    the plan charged; of grants, adjustments and overage the account's billed plan
-- kind    subscription (upgrades included), grants, adjustments or overage
-- amount  sum of the lines; less than 0 where more was given back
SELECT
  d.month,
  d.currency,
  l.plan,
  CASE l.line_type
    WHEN 'grant' THEN 'grants'
    WHEN 'adjustment' THEN 'adjustments'
    WHEN 'overage' THEN 'overage'
    ELSE 'subscription'
  END AS kind,
  sum(l.amount) AS amount
FROM invoice_lines AS l
JOIN documents AS d USING (month, document_id)
LEFT JOIN plans AS p ON p.month = d.month AND p.plan = l.plan
GROUP BY d.month, d.currency, l.plan, p.rank, kind
ORDER BY d.month, d.currency, p.rank, l.plan, array_position(['subscription', 'grants', 'adjustments', 'overage'], kind);
