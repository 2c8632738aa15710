"""Who runs the program: bills months again, looks at `status`, and does what it says."""

import re
import shlex

from inputs import Month
from program import Fault

EXPECTATION = 4  # the exit code of a month that is not what is expected
ACCEPT = ["--accept", "a quiet month"]
AS_IT_IS_NOW = re.compile(r"bill the month with it as it is now: --replace-usage '?([^'\n]+)")
LOG = "usage.csv"  # the one log that grows
AS_IT_IS = ["--replace-usage", f"{LOG}={LOG}"]


def this_month_alone(words):
    """A correction without what takes it to later months."""
    through = words.index("--through") if "--through" in words else len(words)
    return [word for at, word in enumerate(words)
            if word != "--cascade" and at not in (through, through + 1)]


class Bookkeeper:
    def __init__(self, pick, program, deliveries, truth):
        self.random, self.program, self.deliveries, self.truth = pick, program, deliveries, truth

    def with_grown_log(self, words):
        """A recorded log that has grown is taken as it is now."""
        grown = self.deliveries.way == "one log" and AS_IT_IS[1] not in words
        return [*words, *AS_IT_IS] if grown else list(words)

    def run_of(self, place, usage, changes):
        """The command that bills a month for the first time."""
        month = self.deliveries.population.months[place]
        return ["run", "--month", month, "--opening", "book" if place else "genesis",
                "--catalog", "catalogs", "--usage", *usage, "--changes", *changes]

    def run(self, place, usage, changes):
        """Bills a month for the first time. A quiet one is not published until somebody says that
        it may be so (L4)."""
        month, words = self.deliveries.population.months[place], self.run_of(place, usage, changes)
        if self.truth.is_quiet(month, usage):
            self.program.must(*words, codes=(EXPECTATION,))
            if self.program.in_force(month):
                raise Fault(f"{month} is published though its log is empty (L4)")
            words += ACCEPT
        return self.program.must(*words)

    def ask(self, *words):
        """Corrects a month, and does what the hints say: a quiet month is accepted, and a file that
        was corrected where a month came to the same is taken as it is now. Where that is one of a
        later month alone, this month goes first, without the later ones."""
        asked, answer = words, self.program.ask(*words)
        while answer.code == 1 and (hint := AS_IT_IS_NOW.search(answer.error)):
            if hint[1] in words:
                break
            words += ("--replace-usage", hint[1])
            answer = self.program.ask(*words)
        alone = this_month_alone(asked)
        if answer.code == 2 and "replaces no input" in answer.error and alone != list(asked):
            return self.ask(*alone)
        if answer.code == EXPECTATION and self.truth.has_quiet_months():
            answer = self.program.ask(*words, *ACCEPT)
        return answer

    def rerun(self, month, *words, refused=()):
        """Bills a month again; first what it rests on, where that is stale. None if it is refused
        with one of some texts."""
        command = self.with_grown_log(["rerun", "--month", month, *words])
        answer = self.ask(*command, *self.approval(command))
        if answer.code == 1 and "stale" in answer.error:
            self.settle()
            answer = self.ask(*command, *self.approval(command))
        if answer.code == 1 and any(text in answer.error for text in refused):
            return None
        return self.program.need(answer)

    def approval(self, command):
        """Now and then, what a correction would come to is looked at first: nothing is published by
        that, and it is made only if it comes to the very same."""
        if self.random.random() > 0.2:
            return []
        before = self.program.contents()
        plan = self.program.ask(*command, "--dry-run")
        if self.program.contents() != before:
            raise Fault(f"the book has changed by: {self.program.steps[-1]}")
        return ["--only-if", plan.said["digest"]] if plan.code in (0, 3) else []

    def status(self):
        """What deserves a look, as of the day after the last month that was billed."""
        last = Month.parse(self.program.published()[-1])
        answer = self.program.must("status", "--as-of", last.next().first_day)
        return [finding for finding in answer.said["findings"] if finding["deserves_a_look"]]

    def is_well(self):
        return not self.status()

    def is_stale(self):
        return any(finding["code"] == "stale-opening" for finding in self.status())

    def settle(self):
        """Does what `status` says, until all is well."""
        done, stale_first = [], False
        while findings := self.status():
            self.expect_late_usage(findings)
            named = [one for one in findings if "monthend " in one["message"]]
            stale = [one for one in named if one["code"] == "stale-opening"]
            finding = self.random.choice(stale if stale_first and stale else named or findings)
            told = f"{finding['month']} {finding['message']}"
            if done.count(told) > 2 or len(done) > 200:
                raise Fault(f"what status says to do has been done, and it still says: {told}")
            done.append(told)
            answer = self.ask(*self.with_grown_log(self.command_of(finding)))
            stale_first = answer.code == 1 and "stale" in answer.error
            if not stale_first:
                self.program.need(answer)

    def command_of(self, finding):
        """The command that a finding ends with."""
        _, found, command = finding["message"].partition("monthend ")
        if not found or not command.startswith("rerun "):
            raise Fault(f"status names no rerun: {finding}")
        return [word.replace("…", "as status says") for word in shlex.split(command)]

    def expect_late_usage(self, findings):
        """L2: status names the months whose usage waits, and no other ones."""
        told = {finding["month"] for finding in findings if finding["code"] == "late-usage"}
        waits = self.truth.waits()
        if told != {month for month, _ in waits}:
            raise Fault(f"usage of {sorted(waits)} waits, and status names {sorted(told)}")
