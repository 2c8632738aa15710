-- For how many days has what is open been due?
--
-- All ages, those without anything, too. Days are counted from `due_on`; from `issued_on` where no term was told.
-- Asked of the tables that `monthend reconcile --out reconciliation` writes; another folder is said with
--   SET VARIABLE reconciliation = 'path/to/folder';
-- No views are needed.
--
-- age        not-due, 0-30, 31-60, 61-90 or over-90 days
-- documents  how many are open, in part or whole
SELECT ages.age, count(open) AS documents, coalesce(sum(open), 0) AS amount
FROM unnest(['not-due', '0-30', '31-60', '61-90', 'over-90']) WITH ORDINALITY AS ages(age, place)
LEFT JOIN (
  SELECT age, open FROM read_parquet(coalesce(getvariable('reconciliation'), 'reconciliation') || '/reconciled_documents.parquet')
) AS documents ON documents.age = ages.age
GROUP BY ages.age, ages.place
ORDER BY ages.place;
