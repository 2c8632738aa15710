"""Who runs the program: bills months again, looks at `status`, and does what it says."""

import shlex

from deliveries import AS_IT_IS, LOG
from inputs import Month
from program import Fault

EXPECTATION = 4  # the exit code of a month that is not what is expected
ACCEPT = ["--accept", "a quiet month"]
JOB = "job.toml"  # of the runs that bill months of a range


def replacements(command):
    """[(OLD, NEW)] of the usage files that a command replaces."""
    return [command[at + 1].split("=", 1) for at, word in enumerate(command)
            if word == "--replace-usage"]


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

    # -- months of a range -------------------------------------------------------------------

    def write_job(self):
        """A job file that names each month's files."""
        usage = {"one log": LOG, "a folder": "usage"}.get(
            self.deliveries.way, f"usage/{{month}}{self.deliveries.form}")
        self.deliveries.write_lines(JOB, [
            'catalog = "catalogs"', f'usage = "{usage}"', 'changes = "changes/{month}.csv"',
            "payment_term_days = 30"])

    def catch_up(self, places, files):
        """Bills months that are due by one command; {place: (usage, changes)} are their files. One
        that is quiet ends it, until somebody has said that it may be so."""
        months = [self.deliveries.population.months[place] for place in places]
        is_first_said = places[0] == 0 or self.random.random() < 0.5
        words = ["run", "--job", JOB, "--through", months[-1]]
        words += ["--month", months[0]] if is_first_said else []
        words += ["--opening", "genesis"] if places[0] == 0 else []
        while True:
            before = self.program.published()
            answer = self.program.ask(*words)
            if answer.code != EXPECTATION:
                break
            stopped = next((place for place, month in zip(places, months)
                            if not self.program.in_force(month)), None)
            if stopped is None:
                raise Fault(f"no month is due, and the exit code is {EXPECTATION}")
            self.run(stopped, *files[stopped])
        self.program.need(answer)
        self.truth.expect_range(answer, before, months, is_first_said)
        for month in months:
            self.truth.expect_told(str(month))
        if self.random.random() < 0.3:
            again = self.program.must(*words)
            self.truth.expect_range(again, self.program.published(), months, is_first_said)

    # -- months that are billed again ----------------------------------------------------------

    def ask(self, *words):
        """Corrects a month, and accepts a quiet one."""
        answer = self.program.ask(*words)
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
        self.program.need(answer)
        if "--cascade" in command:
            self.expect_reached(str(month), command)
        return answer

    def expect_reached(self, first, command):
        """L3: after a cascade no month rests on a state that is not in force any more, nor on a file
        that was replaced."""
        stale = [finding["month"] for finding in self.status()
                 if finding["code"] == "stale-opening" and finding["month"] >= first]
        if stale:
            raise Fault(f"{stale} are stale after: {self.program.steps[-2]}")
        for old, new in replacements(command):
            for month in (month for month in self.program.published() if month >= first):
                digest = self.program.usage_files(month).get(old)
                if digest and (old != new or digest != self.deliveries.digests[new]):
                    raise Fault(f"{month} goes on with what {new} was to replace")

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
            command = self.with_grown_log(self.command_of(finding))
            answer = self.ask(*command)
            stale_first = answer.code == 1 and "stale" in answer.error
            if not stale_first:
                self.program.need(answer)
                self.expect_reached(finding["month"], command)

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
