-- Which usage was charged nothing, why, and what would it have cost?
--
-- reason           overage-off: the account had not switched overage on; overage-limit: its limit was reached;
--                  plan-without-overage: its plan offers none
-- accounts         accounts with such usage
-- unbilled_credits their credits over the cap
-- would_have_cost  at the billed plan's overage rate, rounded half up for each account and reason; 0.00 where the plan
--                  has no rate
-- without_rate     of the credits, those for which there is no rate
SELECT e.month, s.currency, e.detail AS reason,
  count(*) AS accounts,
  sum(e.credits) AS unbilled_credits,
  sum(coalesce(at_rate(e.credits, p.overage_rate, p.price), 0)) AS would_have_cost,
  sum(if(p.overage_rate IS NULL, e.credits, 0)) AS without_rate
FROM exceptions AS e
JOIN statements AS s USING (month, account_id)
LEFT JOIN plans AS p ON p.month = e.month AND p.plan = s.billed_plan
WHERE e.kind = 'unbilled-usage'
GROUP BY e.month, s.currency, reason
ORDER BY e.month, s.currency, reason;
