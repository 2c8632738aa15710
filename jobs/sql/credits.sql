-- Where did credits come from, and what became of them?
--
-- In every row opening = drawn + expired + carried (K2). Overage and unbilled usage draw on no pool: see `headline`,
-- `overage_top` and `leakage`.
--
-- pool     trial, grants or plan
-- opening  carried in, or granted in the month
-- drawn    used
-- expired  left unused when the pool ended; of grants also what was voided
-- carried  what goes on into the next month; nothing of a plan's
SELECT month, pool, sum(opening) AS opening, sum(drawn) AS drawn, sum(expired) AS expired, sum(carried) AS carried
FROM (
  SELECT month, 'trial' AS pool, trial_opening AS opening, trial_drawn AS drawn, trial_expired AS expired,
    trial_carried AS carried
  FROM statements
  UNION ALL
  SELECT month, 'grants', grants_opening, grants_drawn, grants_expired, grants_carried FROM statements
  UNION ALL
  SELECT month, 'plan', plan_granted, plan_drawn, plan_expired, 0 FROM statements
)
GROUP BY month, pool
ORDER BY month, array_position(['trial', 'grants', 'plan'], pool);
