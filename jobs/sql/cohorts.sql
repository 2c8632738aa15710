-- Of those who signed up in one month, how many still pay, and how much?
--
-- signup_month  the month of the signup, in UTC
-- months_since  how many months later the row is: 0 is the month of the signup itself
-- month         which month that is
-- accounts      accounts of the cohort
-- paying        those whose billed plan costs something; empty where the month has no prices
-- amount        what all of them were charged: the statements' totals
SELECT month_of(st.signed_up_at) AS signup_month,
  months_between(month_of(st.signed_up_at), s.month) AS months_since,
  s.month, s.currency,
  count(*) AS accounts,
  if(count(r.amount) = 0, NULL, count(*) FILTER (r.amount > 0)) AS paying,
  sum(s.total_amount) AS amount
FROM statements AS s
LEFT JOIN recurring AS r USING (month, account_id)
JOIN state AS st USING (month, account_id)
GROUP BY signup_month, s.month, s.currency
ORDER BY signup_month, s.month, s.currency;
