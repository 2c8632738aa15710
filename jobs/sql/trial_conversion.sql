-- How many of those who sign up come to pay, and how soon?
--
-- By the newest state in the book; months are calendar months in UTC, and "within 1" is the signup's month or the next.
-- Empty where the book does not reach so far yet.
--
-- signup_month   the month of the signup, also before the book's first
-- signups        accounts that signed up
-- used_trial     those that drew on the trial, in the months of this book
-- paid_within_0  those that were on a paid plan in the month of the signup; paid_within_1, … in that or a later one
-- paid           those that ever were
WITH newest AS (
  SELECT account_id, month_of(signed_up_at) AS signup_month,
    months_between(month_of(signed_up_at), month_of(first_paid_at)) AS paid_after,
    months_between(month_of(signed_up_at), month) AS known
  FROM state
  WHERE month = (SELECT max(month) FROM months)
), trials AS (
  SELECT account_id FROM statements GROUP BY account_id HAVING sum(trial_drawn) > 0
)
SELECT signup_month,
  count(*) AS signups,
  count(trials.account_id) AS used_trial,
  count(*) FILTER (paid_after <= 0) AS paid_within_0,
  if(known >= 1, count(*) FILTER (paid_after <= 1), NULL) AS paid_within_1,
  if(known >= 2, count(*) FILTER (paid_after <= 2), NULL) AS paid_within_2,
  if(known >= 3, count(*) FILTER (paid_after <= 3), NULL) AS paid_within_3,
  count(paid_after) AS paid
FROM newest
LEFT JOIN trials USING (account_id)
GROUP BY signup_month, known
ORDER BY signup_month;
