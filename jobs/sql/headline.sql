-- What does each month come to?
--
-- accounts         accounts that exist in the month
-- paying_accounts  those whose billed plan costs something, whatever the month's adjustments leave of it; empty where the
--                  month has no prices
-- documents        invoices and notes of the month, whenever they were issued
-- …_amount         the statements' sums; total_amount is the sum of the four before it
-- usage_credits    credits used, charged or not
-- change_amount    total_amount less that of the month before; empty for the book's first month
SELECT
  s.month,
  s.currency,
  count(*) AS accounts,
  if(count(r.amount) = 0, NULL, count(*) FILTER (r.amount > 0)) AS paying_accounts,
  any_value((SELECT count(*) FROM documents AS d WHERE d.month = s.month)) AS documents,
  sum(s.subscription_amount) AS subscription_amount,
  sum(s.grants_amount) AS grants_amount,
  sum(s.adjustments_amount) AS adjustments_amount,
  sum(s.overage_amount) AS overage_amount,
  sum(s.total_amount) AS total_amount,
  sum(s.usage_credits) AS usage_credits,
  sum(s.total_amount) - lag(sum(s.total_amount)) OVER (PARTITION BY s.currency ORDER BY s.month) AS change_amount
FROM statements AS s
LEFT JOIN recurring AS r USING (month, account_id)
GROUP BY s.month, s.currency
ORDER BY s.month, s.currency;
