-- How did monthly recurring revenue move?
--
-- An account's recurring revenue in a month is the price of its billed plan by that month's `plans` (not what a first
-- upgrade pays within its month). opening + all between = closing, and closing is the next month's opening.
--
-- opening      the closing of the month before; in the book's first month the plans that accounts were brought in with
-- new          accounts that never paid before: they were first on a paid plan in this month
-- expansion    higher plans, at the prices of the month before
-- contraction  lower plans, likewise; 0 or less
-- churn        accounts that pay nothing any more; 0 or less
-- return       accounts that paid earlier, but nothing in the month before
-- price        what new prices of plans changed, up or down; of a plan that the month before did not have, nothing
SELECT
  month,
  currency,
  sum(before) AS opening,
  sum(if(before = 0 AND is_new, after, 0)) AS new,
  sum(if(stays, greatest(at_earlier_price - before, 0), 0)) AS expansion,
  sum(if(stays, least(at_earlier_price - before, 0), 0)) AS contraction,
  sum(if(after = 0, -before, 0)) AS churn,
  sum(if(before = 0 AND NOT is_new, after, 0)) AS return,
  sum(if(stays, after - at_earlier_price, 0)) AS price,
  sum(after) AS closing
FROM (
  SELECT
    month,
    currency,
    coalesce(was.amount, 0) AS before,
    coalesce(now.amount, 0) AS after,
    coalesce(was.amount, 0) > 0 AND coalesce(now.amount, 0) > 0 AS stays,
    coalesce(earlier.price, now.amount) AS at_earlier_price,
    coalesce(month_of(state.first_paid_at) = month, false) AS is_new
  FROM recurring AS now
  FULL JOIN recurring_before AS was USING (month, currency, account_id)
  JOIN months AS m USING (month)
  LEFT JOIN plans AS earlier
    ON earlier.month = m.month_before AND earlier.plan = now.plan AND earlier.currency = now.currency
  LEFT JOIN state USING (month, account_id)
)
GROUP BY month, currency
ORDER BY month, currency;
