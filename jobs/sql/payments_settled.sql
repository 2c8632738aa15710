-- How much of each month's documents is settled, and what is open?
--
-- A document is open as far as nothing was paid for it; a credit note that was neither given nor kept back is open,
-- and negative.
-- Asked of the tables that `monthend reconcile --out reconciliation` writes; another folder is said with
--   SET VARIABLE reconciliation = 'path/to/folder';
-- No views are needed.
--
-- billed          what the documents come to
-- settled         what of it is open no more: paid, given back, set off, or within the tolerance
SELECT month,
  count(*) AS documents,
  sum(total_amount) AS billed,
  sum(total_amount) - sum(open) AS settled,
  count(*) FILTER (open <> 0) AS open_documents,
  sum(open) AS open
FROM read_parquet(coalesce(getvariable('reconciliation'), 'reconciliation') || '/reconciled_documents.parquet')
GROUP BY month
ORDER BY month;
