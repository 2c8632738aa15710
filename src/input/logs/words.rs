//! Words of the change log that stand for ours.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Names or words that stand for others: of columns, ours → the files' (`at=timestamp`).
pub type Mapping = BTreeMap<String, String>;

/// Words of the change log, with what they mean. Any other word means itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// In the column `change`.
    #[serde(default, skip_serializing_if = "Mapping::is_empty")]
    pub change_values: Mapping,
    /// In the column `plan`, with the ids of the catalogue; empty for no plan.
    #[serde(default, skip_serializing_if = "Mapping::is_empty")]
    pub plan_values: Mapping,
}

impl Words {
    /// The meanings of the words in a column.
    pub(super) fn of_column(&self, name: &str) -> Mapping {
        match name {
            "change" => self.change_values.clone(),
            "plan" => self.plan_values.clone(),
            _ => Mapping::new(),
        }
    }
}
