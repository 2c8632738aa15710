-- What is wrong between documents and payments, and what does it come to?
--
-- The differences together are what was paid less what is due.
-- Asked of the tables that `monthend reconcile --out reconciliation` writes; another folder is said with
--   SET VARIABLE reconciliation = 'path/to/folder';
-- No views are needed.
--
-- code        docs/RECONCILIATION.md has what each means
-- difference  what was paid less what is due
SELECT code, count(*) AS breaks, sum(difference) AS difference
FROM read_parquet(coalesce(getvariable('reconciliation'), 'reconciliation') || '/breaks.parquet')
GROUP BY code
ORDER BY code;
