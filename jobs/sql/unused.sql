-- Who paid for a plan and used nothing?
--
-- Fees of plans alone: who bought a pack and has not drawn on it yet is another story.
--
-- plan                 the billed plan
-- subscription_amount  the fee of the month
-- months_unused        how many months in a row, this one included, the account has paid a fee and used nothing
WITH paid AS (
  SELECT month, currency, account_id, billed_plan AS plan, subscription_amount,
    subscription_amount > 0 AND usage_credits = 0 AS is_unused,
    dense_rank() OVER (ORDER BY month) AS month_number
  FROM statements
), runs AS (
  SELECT *, month_number - row_number() OVER (PARTITION BY account_id ORDER BY month) AS run FROM paid WHERE is_unused
)
SELECT month, currency, account_id, plan, subscription_amount,
  row_number() OVER (PARTITION BY account_id, run ORDER BY month) AS months_unused
FROM runs
ORDER BY month, currency, account_id;
