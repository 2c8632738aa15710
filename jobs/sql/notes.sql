-- Which credit and debit notes were there, and why?
--
-- month          the month that they correct, whenever they were issued
-- document_type  credit_note or debit_note
-- reason         what was said when they were issued; empty for a first document that came to less than 0 (A2)
-- documents      so many
-- amount         their totals; less than 0 of credit notes
SELECT month, currency, document_type, reason, count(*) AS documents, sum(total_amount) AS amount
FROM documents
WHERE document_type <> 'invoice'
GROUP BY month, currency, document_type, reason
ORDER BY month, currency, document_type, reason NULLS FIRST;
