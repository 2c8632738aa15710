//! The lists of events that a month leaves out, as its manifest records them.

use std::cmp::Reverse;

use super::manifest::InputFile;
use super::revision::revision_number;
use crate::base::error::Result;
use crate::input::dropped_events::{self, DropList, DroppedEvents};
use crate::input::logs::Source;

/// What recorded lists leave out together, whatever order they come in. Of a list that says
/// nothing of its accounts, all accounts' events are left out.
///
/// # Errors
/// [`crate::base::error::Kind::Input`] where a list cannot be understood.
pub fn dropped_events<'a>(
    lists: impl IntoIterator<Item = (&'a InputFile, &'a Source)>,
) -> Result<DroppedEvents> {
    let mut lists: Vec<(&InputFile, &Source)> = lists.into_iter().collect();
    let since = |input: &InputFile| input.since.as_deref().and_then(revision_number);
    lists.sort_by_key(|(input, _)| Reverse((since(input), *input)));
    let list = |(input, source): (&InputFile, &Source)| {
        let InputFile { file, accounts, .. } = input;
        let events = dropped_events::read(source)?;
        Ok(DropList { name: file.clone(), accounts: accounts.clone(), events })
    };
    let lists = lists.into_iter().map(list).collect::<Result<Vec<_>>>()?;
    Ok(DroppedEvents::of(&lists))
}
