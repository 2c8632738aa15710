-- Is what was paid out what its payments come to, less the fees?
--
-- Payouts in the book's currency.
-- Asked of the tables that `monthend reconcile --out reconciliation` writes; another folder is said with
--   SET VARIABLE reconciliation = 'path/to/folder';
-- No views are needed.
--
-- outcome     agrees; differs; not-there: the export has rows of it, and not the payout
-- amount      what its rows come to
-- difference  what was paid out less what should have been
SELECT outcome,
  count(*) AS payouts,
  sum(payments_amount + others_amount) AS amount,
  sum(fees) AS fees,
  coalesce(sum(paid_out), 0) AS paid_out,
  coalesce(sum(difference), 0) AS difference
FROM read_parquet(coalesce(getvariable('reconciliation'), 'reconciliation') || '/payouts.parquet')
WHERE other_amounts IS NULL
GROUP BY outcome
ORDER BY outcome;
