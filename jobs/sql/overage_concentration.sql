-- How much of the overage do a few accounts pay?
--
-- Of the accounts with overage, those with the largest charges; a percentage of them is rounded up to whole accounts, so
-- it is one at least.
--
-- top_percent    1 or 10
-- accounts       so many accounts
-- amount         what they are charged
-- all_accounts   accounts with overage
-- all_amount     the overage of all
-- share          amount / all_amount, four decimals, rounded half up; empty where all of it is 0.00
WITH placed AS (
  SELECT month, currency, amount,
    row_number() OVER (PARTITION BY month, currency ORDER BY amount DESC, account_id) AS place,
    count(*) OVER (PARTITION BY month, currency) AS all_accounts,
    sum(amount) OVER (PARTITION BY month, currency) AS all_amount
  FROM overage_charges
)
SELECT month, currency, top_percent, count(*) AS accounts, sum(amount) AS amount, all_accounts, all_amount,
  if(all_amount = 0, NULL, ratio(exact(sum(amount)), exact(all_amount), 0.0000)) AS share
FROM placed, (VALUES (1), (10)) AS tops (top_percent)
WHERE place <= (all_accounts * top_percent + 99) // 100
GROUP BY month, currency, top_percent, all_accounts, all_amount
ORDER BY month, currency, top_percent;
