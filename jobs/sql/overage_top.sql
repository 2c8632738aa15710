-- Who was charged most overage?
--
-- The ten largest charges of each month; accounts of one amount in the order of their ids.
--
-- place            1 is the largest
-- plan             the billed plan
-- overage_credits  credits billed as overage
-- amount           the charge
SELECT month, currency,
  row_number() OVER (PARTITION BY month, currency ORDER BY amount DESC, account_id) AS place,
  account_id, plan, overage_credits, amount
FROM overage_charges
QUALIFY place <= 10
ORDER BY month, currency, place;
