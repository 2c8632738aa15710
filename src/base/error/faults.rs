//! Faults that are told together.

use super::failure::{Error, Parts, Result};
use super::place::Place;

/// Faults that are told together, so that nobody meets them one a run.
#[derive(Debug, Default)]
pub struct Faults(Vec<Error>);

impl Faults {
    /// Faults that are told one by one; of more it is said how many they are.
    const TOLD: usize = 20;

    /// What came out well, or nothing and a fault more.
    pub fn take<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|fault| self.add(fault)).ok()
    }

    /// One fault more, or as many as are told together in it.
    pub fn add(&mut self, fault: Error) {
        let Parts { faults, place, hint, .. } = &*fault.0;
        if faults.is_empty() || *place != Place::default() || hint.is_some() {
            self.0.push(fault);
        } else {
            self.0.extend(fault.0.faults);
        }
    }

    /// Succeeds where there is no fault.
    ///
    /// # Errors
    /// The only fault; or all of them, with the code of the first, as `what` they are.
    pub fn check(mut self, what: &str) -> Result<()> {
        let many = self.0.len();
        match many {
            0 => Ok(()),
            1 => Err(self.0.remove(0)),
            _ => {
                let code = self.0[0].code();
                let more = many.saturating_sub(Faults::TOLD);
                self.0.truncate(Faults::TOLD);
                let more = if more > 0 {
                    format!(", of which {more} are not told")
                } else {
                    String::new()
                };
                Err(Error::new(code, format!("{many} {what}{more}")).with_faults(self.0))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::{Code, Kind};

    #[test]
    fn faults_are_told_together() {
        let of = |count: usize| {
            let mut faults = Faults::default();
            (0..count).for_each(|n| {
                faults.add(Error::new(Code::OPTION_VALUE, format!("fault {n}")).hint("mend it"))
            });
            faults.check("faults")
        };
        assert!(of(0).is_ok());
        assert_eq!(of(1).unwrap_err().to_string(), "fault 0\n  hint: mend it");
        let two = of(2).unwrap_err();
        assert_eq!(two.kind(), Kind::Usage);
        assert_eq!(
            two.to_string(),
            "2 faults\n  - fault 0\n    hint: mend it\n  - fault 1\n    hint: mend it"
        );
        assert_eq!(two.to_json()["faults"][1]["message"], "fault 1");
        let many = of(21).unwrap_err().to_string();
        assert!(many.starts_with("21 faults, of which 1 are not told\n"), "{many}");
    }
}
