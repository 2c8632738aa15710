-- How many accounts are on each plan, and how did they move?
--
-- By billed plan: the highest in force in the month. Those who stay have the same plan twice; the sum over from_plan is
-- the accounts of to_plan.
--
-- from_plan  the billed plan of the month before; empty for an account that was not there. In the book's first month the
--            plan that it was brought in with
-- to_plan    the billed plan of the month; empty for an account that is not there any more
SELECT month, was.plan AS from_plan, now.plan AS to_plan, count(*) AS accounts
FROM recurring AS now
FULL JOIN recurring_before AS was USING (month, account_id)
GROUP BY month, from_plan, to_plan, was.amount, now.amount
ORDER BY month, was.amount NULLS FIRST, from_plan, now.amount NULLS LAST, to_plan;
