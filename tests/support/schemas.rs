//! What the program writes for machines, held against `docs/schemas`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Registry, ValidationError, Validator};
use serde_json::Value;

use crate::{Outcome, json, root, tree};

/// What the name of the schema of a command's result begins with.
const RESULT: &str = "result-";

/// A schema, as it is written and as it is applied.
pub struct Schema {
    /// The file's content.
    pub text: Value,
    validator: Validator,
}

/// The schemas by the names of their files, or why they cannot be used.
static SCHEMAS: LazyLock<Result<BTreeMap<String, Schema>, String>> =
    LazyLock::new(|| read().map_err(|e| format!("docs/schemas: {e}")));

fn read() -> Outcome<BTreeMap<String, Schema>> {
    let mut texts = BTreeMap::new();
    for entry in fs::read_dir(root().join("docs/schemas"))? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|name| name.to_str()).ok_or("a name is not UTF-8")?;
        let text = json(&path)?;
        jsonschema::meta::validate(&text).map_err(|e| format!("{name}: {e}"))?;
        texts.insert(name.to_owned(), text);
    }
    // They refer to each other by the names of their files.
    let mut registry = Registry::new();
    for (name, text) in &texts {
        registry = registry.add(format!("json-schema:///{name}.json"), text)?;
    }
    let registry = registry.prepare()?;
    let options = jsonschema::options().offline().with_registry(&registry);
    let build = |(name, text): (&String, &Value)| {
        let options = options.clone().with_base_uri(format!("json-schema:///{name}.json"));
        let validator = options.build(text).map_err(|e| format!("{name}: {e}"))?;
        Ok((name.clone(), Schema { text: text.clone(), validator }))
    };
    texts.iter().map(build).collect()
}

/// All schemas, by the names of their files without the ending.
///
/// # Errors
/// One of them is none, or refers to what is not there.
pub fn all() -> Outcome<&'static BTreeMap<String, Schema>> {
    Ok(SCHEMAS.as_ref().map_err(String::as_str)?)
}

/// Holds something against a schema.
///
/// # Errors
/// What does not fit.
pub fn fits(name: &str, value: &Value) -> Outcome {
    let schema = all()?.get(name).ok_or_else(|| format!("docs/schemas has no {name}.json"))?;
    match schema.faults(value) {
        faults if faults.is_empty() => Ok(()),
        faults => {
            Err(format!("not as docs/schemas/{name}.json has it: {}\n{value}", faults.join("; "))
                .into())
        }
    }
}

/// The schema that a result of `--json` fits: there is one for the results of each command, and no result fits two.
///
/// # Errors
/// It fits none: what does not fit the one that is nearest.
pub fn of_result(value: &Value) -> Outcome<&'static str> {
    let results = all()?.iter().filter(|(name, _)| name.starts_with(RESULT));
    let fitting: Vec<&str> = results
        .clone()
        .filter(|(_, schema)| schema.validator.is_valid(value))
        .map(|(name, _)| name.as_str())
        .collect();
    match fitting[..] {
        [only] => Ok(only),
        [] => {
            let nearest = results.min_by_key(|(_, schema)| schema.faults(value).len());
            let (name, _) = nearest.ok_or("docs/schemas has no schema of a result")?;
            fits(name, value).and(Err("a schema has faults, and has none".into()))
        }
        _ => Err(format!("fits several schemas: {}\n{value}", fitting.join(", ")).into()),
    }
}

/// Holds what was printed against the schemas: each line that is a JSON object, be it a result or an event of the log.
///
/// # Errors
/// What does not fit.
pub fn of_printed(text: &str) -> Outcome {
    for line in text.lines().filter(|line| line.starts_with('{')) {
        let value: Value = serde_json::from_str(line).map_err(|e| format!("{e}: {line}"))?;
        match (value.get("timestamp"), value.get("result"), value.get("error")) {
            (None, ..) => drop(of_result(&value)?),
            (_, Some(result), _) => drop(of_result(result)?),
            (.., Some(error)) => {
                let failure =
                    serde_json::json!({ "status": "failed", "error": error, "published": [] });
                of_result(&failure)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Holds every manifest and `run.json` of the books in a folder against their schemas; gives how many there are.
///
/// # Errors
/// What does not fit.
pub fn of_books(folder: &Path) -> Outcome<usize> {
    let mut seen = 0;
    for (path, entry) in tree(folder)? {
        let schema = match path.file_name().and_then(|name| name.to_str()) {
            Some("manifest.json") => "manifest",
            Some("run.json") => "run",
            _ => continue,
        };
        let text = entry.bytes.ok_or_else(|| format!("{} is a folder", path.display()))?;
        let value =
            serde_json::from_slice(&text).map_err(|e| format!("{}: {e}", path.display()))?;
        fits(schema, &value).map_err(|e| format!("{}: {e}", path.display()))?;
        seen += 1;
    }
    Ok(seen)
}

impl Schema {
    /// What does not fit, each with where it is.
    fn faults(&self, value: &Value) -> Vec<String> {
        self.validator.iter_errors(value).flat_map(|fault| in_words(&fault)).collect()
    }
}

/// A fault, and of what fits none of several schemas what does not fit the nearest.
fn in_words(fault: &ValidationError<'_>) -> Vec<String> {
    let nearest = match fault.kind() {
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            let each =
                context.iter().map(|faults| faults.iter().flat_map(in_words).collect::<Vec<_>>());
            each.min_by_key(Vec::len)
        }
        _ => None,
    };
    nearest.unwrap_or_else(|| {
        let said: String = fault.to_string().chars().take(300).collect();
        vec![format!("`{}` {said}", fault.instance_path())]
    })
}
