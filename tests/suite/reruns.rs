//! What must hold of a book over time: properties on random months and random sequences of corrections, through the
//! library, by the words of the command line.
//!
//! A failure prints what was typed and what was said to it, the smallest story found that fails, and the seed:
//! `PROPTEST_RNG_SEED=<seed> cargo test --test suite reruns::` plays the same stories again, `PROPTEST_CASES=1000` more
//! of them.

mod act;
mod afresh;
mod chain;
mod corners;
mod disputes;
mod edits;
mod ids;
mod ledger;
mod lively;
mod mishaps;
mod plans;
mod rerun;
mod resolve;
mod staleness;
mod story;
mod undo;

use std::cell::RefCell;
use std::path::Path;

use act::Done;
use afresh::text;
use chain::{Chain, Manner, PLAINLY};
use corners::Tally;
use ledger::{agrees, files, stands};
use monthend::run::Status;
use monthend::tables::Table;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use rerun::Rerun;
use story::{Story, Wish, story};

use crate::months::holding::{Outcome, holds, scratch};
use crate::months::population::ACCOUNTS;
use crate::months::revision::Revision;

/// Stories among which every corner must be met.
const STORIES: usize = 60;

/// All kinds of reruns.
const ANY: Wish = Wish {
    steps: (1, 4),
    disputes: 3,
    cascades: 4,
    typed: 1,
    stale_ok: 2,
    mishaps: 0,
    ids: [4, 3, 1, 2],
};

/// Bills a story's months in a folder of its own, then acts on them. A failure tells what was typed.
fn billed(story: &Story, act: impl Fn(&mut Chain) -> Outcome<()>) -> Outcome<()> {
    let folder = scratch()?;
    let mut chain = Chain::written(folder.path(), story, PLAINLY)?;
    let outcome = chain.bill().and_then(|()| act(&mut chain));
    chain.explained(outcome)
}

#[test]
fn the_stories_reach_every_corner() {
    let wish = Wish { steps: (4, 6), disputes: 4, stale_ok: 3, mishaps: 5, ..ANY };
    let (of, mut runner) = (story(wish), TestRunner::deterministic());
    let tally = RefCell::new(Tally::new());
    for _ in 0..STORIES {
        let story = of.new_tree(&mut runner).expect("a story").current();
        let told = billed(&story, |chain| {
            for step in &story.steps {
                let rerun = chain.resolve(step)?;
                match step.mishap {
                    Some(mishap) => chain.act_amid(&rerun, mishap, &mut tally.borrow_mut())?,
                    None => chain.act_and_count(&rerun, &mut tally.borrow_mut())?,
                }
            }
            chain.count(&mut tally.borrow_mut())
        });
        told.expect("a story that is played");
    }
    let never: Vec<_> = tally.take().into_iter().filter(|(_, times)| *times == 0).collect();
    assert!(never.is_empty(), "in none of {STORIES} stories: {never:?}");
}

#[test]
fn any_reruns_end_as_one_run_on_the_final_inputs() {
    holds(24, story(ANY), |story| {
        billed(&story, |chain| {
            for step in &story.steps {
                let rerun = chain.resolve(step)?;
                chain.act(&rerun)?;
            }
            chain.settle()?;
            chain.are_as_billed_once()
        })
    });
}

#[test]
fn documents_come_to_the_statements_in_every_revision_and_stand_for_ever() {
    holds(20, story(ANY), |story| {
        billed(&story, |chain| {
            let mut before = files(&chain.book)?;
            for step in &story.steps {
                let rerun = chain.resolve(step)?;
                let published = chain.act(&rerun)?.published();
                let after = files(&chain.book)?;
                stands(&before, &after)?;
                prop_assert!(!published.is_empty() || before == after, "something was published");
                before = after;
            }
            chain.months.iter().try_for_each(|month| agrees(&chain.book, *month))?;
            chain.is_sound()
        })
    });
}

#[test]
fn a_dispute_comes_to_what_the_whole_month_does_and_leaves_all_others_alone() {
    let wish = Wish { disputes: 7, cascades: 3, typed: 1, stale_ok: 0, ids: [1, 3, 3, 4], ..ANY };
    holds(32, story(wish), |story| {
        billed(&story, |chain| {
            for step in &story.steps {
                let rerun = chain.resolve(step)?;
                match rerun.accounts.is_empty() || chain.is_stale(rerun.month)? {
                    true => drop(chain.act(&rerun)?),
                    false => chain.dispute(&rerun)?,
                }
                (0..chain.months.len())
                    .try_for_each(|month| chain.bills_every_event_once(month))?;
            }
            chain.is_sound()
        })
    });
}

#[test]
fn a_late_event_with_another_accounts_id_is_billed_to_one_of_them() {
    let wish = Wish { steps: (0, 0), ids: [0, 0, 0, 1], ..ANY };
    holds(12, story(wish), |story| {
        billed(&story, |chain| {
            for month in 0..chain.months.len() {
                let files = 0..chain.usage.len();
                let late: Vec<usize> = files.filter(|file| chain.usage[*file].late).collect();
                for file in late {
                    let of_file = chain.events(month, &[file].into());
                    let owns = |account: &&&str| of_file.iter().any(|e| e.account == **account);
                    let owners: Vec<&str> = ACCOUNTS.iter().filter(owns).copied().collect();
                    for owner in owners {
                        let is_new = !chain.inputs[month].usage.contains(&file);
                        let add_usage = if is_new { vec![file] } else { Vec::new() };
                        let mut rerun =
                            Rerun { add_usage, accounts: vec![owner], ..Rerun::of(month) };
                        chain.leave_strangers_out(&mut rerun)?;
                        if !rerun.accounts.is_empty() {
                            chain.act(&rerun)?;
                            chain.bills_every_event_once(month)?;
                        }
                    }
                }
            }
            chain.is_sound()
        })
    });
}

#[test]
fn a_mishap_is_told_as_what_it_is_and_the_next_try_ends_as_if_there_had_been_none() {
    let wish = Wish { cascades: 6, mishaps: 8, ..ANY };
    holds(16, story(wish), |story| {
        billed(&story, |chain| {
            for step in &story.steps {
                let rerun = chain.resolve(step)?;
                match step.mishap {
                    Some(mishap) => chain.act_amid(&rerun, mishap, &mut Tally::new())?,
                    None => drop(chain.act(&rerun)?),
                }
            }
            chain.months.iter().try_for_each(|month| agrees(&chain.book, *month))?;
            chain.is_sound()?;
            chain.settle()?;
            chain.are_as_billed_once()
        })
    });
}

#[test]
fn where_nothing_is_corrected_nothing_changes() {
    holds(12, story(ANY), |story| {
        billed(&story, |chain| {
            for step in &story.steps {
                let rerun = chain.resolve(step)?;
                chain.act(&rerun)?;
            }
            let before = files(&chain.book)?;
            for month in 0..chain.months.len() {
                let (accounts, stale_ok) =
                    (chain.inputs[month].only.clone(), chain.is_stale(month)?);
                chain.act(&Rerun { accounts, stale_ok, ..Rerun::of(month) })?;
                prop_assert!(files(&chain.book)? == before, "{} changed", chain.months[month]);
            }
            Ok(())
        })
    });
}

#[test]
fn a_correction_changes_nothing_the_second_time() {
    holds(12, story(Wish { steps: (1, 2), ..ANY }), |story| {
        billed(&story, |chain| {
            for step in &story.steps {
                let rerun = chain.resolve(step)?;
                if !chain.act(&rerun)?.published().contains(&rerun.month) {
                    continue;
                }
                let before = files(&chain.book)?;
                chain.hand_over(&rerun)?;
                let words = rerun.arguments(chain)?;
                let again = chain.typed(&words)?.map_err(|e| TestCaseError::fail(e.to_string()))?;
                let same = |status: &Status| matches!(status, Status::Unchanged { .. });
                prop_assert!(again.iter().all(|report| same(&report.status)), "another result");
                prop_assert!(files(&chain.book)? == before, "the book was touched");
            }
            Ok(())
        })
    });
}

#[test]
fn a_dry_run_says_what_is_published_then() {
    holds(10, story(ANY), |story| {
        billed(&story, |chain| {
            for step in &story.steps {
                let rerun = chain.resolve(step)?;
                let (book, before) = (files(&chain.book)?, chain.in_force(rerun.month)?);
                let foretold = chain.foretell(&rerun)?;
                prop_assert!(files(&chain.book)? == book, "a dry run published something");
                let done = chain.act(&rerun)?;
                let after = chain.in_force(rerun.month)?;
                // Late usage follows from other months, and is no difference (L2).
                let said = |folder: &Path, name: &str| {
                    let text = text(folder, name)?;
                    let lines = text.lines().filter(|line| !line.starts_with("late-usage,"));
                    Outcome::Ok(lines.collect::<Vec<&str>>().join("\n"))
                };
                let mut differ = Vec::new();
                for name in Table::ALL.iter().map(|table| table.name()) {
                    if said(&before, name)? != said(&after, name)? {
                        differ.push(name.to_owned());
                    }
                }
                match (done, foretold) {
                    (Done::Refused, foretold) => prop_assert_eq!(foretold, None),
                    (Done::Told(_), Some(Status::WouldDiffer { tables, .. })) => {
                        prop_assert_eq!(tables, differ);
                    }
                    (Done::Told(_), Some(Status::Unchanged { .. })) => {
                        prop_assert!(differ.is_empty())
                    }
                    (done, foretold) => prop_assert!(false, "{:?}, {:?}", done, foretold),
                }
            }
            Ok(())
        })
    });
}

#[test]
fn what_is_planned_is_published_by_its_digest_and_nothing_else_is() {
    let wish = Wish { cascades: 7, ..ANY };
    holds(12, story(wish), |story| {
        billed(&story, |chain| {
            for step in &story.steps {
                let rerun = chain.resolve(step)?;
                chain.is_published_as_planned(&rerun)?;
            }
            chain.is_sound()
        })
    });
}

#[test]
fn every_account_can_be_explained_whatever_was_rerun() {
    holds(12, story(ANY), |story| {
        billed(&story, |chain| {
            for step in &story.steps {
                let rerun = chain.resolve(step)?;
                chain.act(&rerun)?;
            }
            for month in 0..chain.months.len() {
                let revision = Revision::at(&chain.in_force(month)?);
                crate::months::explained::holds(&chain.book, chain.months[month], &revision)?;
            }
            Ok(())
        })
    });
}

#[test]
fn threads_order_and_place_change_no_byte_of_any_revision() {
    let wish = Wish { typed: 0, ..ANY };
    let manners = [
        Manner { book: "one", threads: 1, reversed: false, moved: false },
        Manner { book: "many", threads: 8, reversed: true, moved: true },
    ];
    holds(12, story(wish), |story| {
        let folder = scratch()?;
        let mut books = Vec::new();
        for manner in manners {
            let mut chain = Chain::written(folder.path(), &story, manner)?;
            let mut played = || {
                chain.bill()?;
                for step in &story.steps {
                    let rerun = chain.resolve(step)?;
                    chain.act(&rerun)?;
                }
                let mut files = files(&chain.book)?;
                files.retain(|path, _| !path.ends_with("run.json"));
                Ok(files)
            };
            let outcome = played();
            books.push(chain.explained(outcome)?);
        }
        prop_assert!(books[0].keys().eq(books[1].keys()), "other files");
        for (path, bytes) in &books[0] {
            let [one, other] = [bytes, &books[1][path]].map(|b| String::from_utf8_lossy(b));
            prop_assert!(*bytes == books[1][path], "{}:\n{one}\n{other}", path.display());
        }
        Ok(())
    });
}

#[test]
fn months_are_stale_exactly_where_their_opening_has_changed_and_a_cascade_mends_it() {
    let wish = Wish { steps: (2, 4), cascades: 6, stale_ok: 3, ..ANY };
    holds(16, story(wish), |story| {
        billed(&story, |chain| {
            for step in &story.steps {
                let rerun = chain.resolve(step)?;
                let done = chain.act(&rerun)?;
                chain.stale_months_are_told(&rerun, &done)?;
                if let Done::Told(told) = &done
                    && rerun.cascade
                {
                    chain.has_cascaded(&rerun, told)?;
                }
            }
            Ok(())
        })
    });
}

#[test]
fn a_cascade_reaches_every_month_that_the_correction_touches() {
    let wish = Wish { steps: (1, 3), disputes: 0, cascades: 8, typed: 0, stale_ok: 0, ..ANY };
    holds(24, story(wish), |story| {
        billed(&story, |chain| {
            for step in &story.steps {
                let (rerun, before) = (chain.resolve(step)?, chain.inputs.clone());
                let done = chain.act(&rerun)?;
                if let (Done::Told(_), true) = (done, rerun.cascade) {
                    chain.is_corrected_throughout(&rerun, &before)?;
                }
            }
            chain.is_sound()
        })
    });
}

#[test]
fn a_correction_taken_back_leaves_the_month_as_it_was() {
    let wish = Wish { steps: (1, 1), typed: 0, stale_ok: 0, ..ANY };
    holds(24, story(wish), |story| {
        billed(&story, |chain| {
            let (first, in_force) = (chain.results()?, chain.all_in_force()?);
            for step in &story.steps {
                let rerun = chain.resolve(step)?;
                let terms = chain.inputs[rerun.month].terms;
                if !chain.act(&rerun)?.published().contains(&rerun.month) {
                    continue;
                }
                let reversal = chain.reversal(&rerun, terms)?;
                chain.act(&reversal)?;
                prop_assert_eq!(&chain.results()?, &first);
                chain.notes_net_to_nothing(&in_force)?;
                for month in 0..chain.months.len() {
                    prop_assert!(!chain.is_stale(month)?, "{} is stale", chain.months[month]);
                }
            }
            Ok(())
        })
    });
}
