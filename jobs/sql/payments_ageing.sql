-- For how many days has what is open been due?
--
-- All ages, those without anything, too. Days are counted from `due_on`; from `issued_on` where no term was told.
-- Asked of the tables that `monthend reconcile --out reconciliation` writes; another folder is said with
--   SET VARIABLE reconciliation = 'path/to/folder';
-- No views are needed.
--
-- as_of      the day as of which days are counted; empty where nothing is open
-- age        not-due, 0-30, 31-60, 61-90 or over-90 days
-- documents  how many are open, in part or whole
WITH open_documents AS (
  SELECT age, open, coalesce(due_on, issued_on) + days_due::INTEGER AS as_of
  FROM read_parquet(coalesce(getvariable('reconciliation'), 'reconciliation') || '/reconciled_documents.parquet')
  WHERE open <> 0
)
SELECT (SELECT max(as_of)::VARCHAR FROM open_documents) AS as_of,
  ages.age, count(open) AS documents, coalesce(sum(open), 0) AS amount
FROM unnest(['not-due', '0-30', '31-60', '61-90', 'over-90']) WITH ORDINALITY AS ages(age, place)
LEFT JOIN open_documents ON open_documents.age = ages.age
GROUP BY ages.age, ages.place
ORDER BY ages.place;
