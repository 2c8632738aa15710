-- Which credits expired unused, and what were they worth?
--
-- pool      trial, grant or plan
-- source    the plan whose pool it was, or the kind of grant; empty for trials
-- reason    month-ended, first-upgrade, trial-ended, grant-expired or grant-voided
-- accounts  accounts that lost credits so
-- expired   their credits
-- worth     price / credits × expired, rounded half up for each pool, then added up: of a plan by that month's `plans`,
--           of a grant by what was paid for it; 0.00 for what was free
SELECT e.month, s.currency, e.pool, coalesce(e.plan, e.grant) AS source, e.reason,
  count(DISTINCT e.account_id) AS accounts,
  sum(e.expired) AS expired,
  sum(CASE e.pool
    WHEN 'plan' THEN worth(p.price, e.expired, p.credits)
    WHEN 'grant' THEN coalesce(worth(g.price, e.expired, g.granted), 0)
    ELSE 0
  END) AS worth
FROM expired_credits AS e
JOIN statements AS s USING (month, account_id)
LEFT JOIN plans AS p ON p.month = e.month AND p.plan = e.plan
LEFT JOIN paid_grants AS g ON g.month = e.month AND g.account_id = e.account_id AND g.grant_id = e.grant_id
GROUP BY e.month, s.currency, e.pool, source, p.rank, e.reason
ORDER BY e.month, s.currency, array_position(['trial', 'grant', 'plan'], e.pool), p.rank, source, e.reason;
