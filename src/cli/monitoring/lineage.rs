//! What was made of what: the runs of a command as run events of OpenLineage 2-0-2, one JSON object a line, added
//! to the end of a file as they happen.
//!
//! A run is a month that is billed, or a command that bills none. Each has a START, and then a COMPLETE
//! or a FAIL; a START alone is a process that was killed.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use arrow_schema::FieldRef;
use serde_json::{Map, Value, json};
use uuid::Builder;
use xxhash_rust::xxh3::xxh3_128;

use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::base::storage::{self, is_folder, leads_from};
use crate::book::{Book, InputFile, OpeningRecord, Role};
use crate::input::logs::LogSchema;
use crate::job::{Beginning, LineageParent, LineageSettings};
use crate::run::{Report, Status};
use crate::tables::{Output, Table, arrow_schema};

/// The events of a command, as far as they are told.
pub(super) struct Lineage {
    command: &'static str,
    began: Beginning,
    settings: LineageSettings,
    /// The book, if there is one.
    book: Option<Book>,
    /// How many runs have begun.
    runs: u32,
    /// The run that goes on.
    open: Option<(String, Option<Month>)>,
    /// What went wrong first.
    fault: Option<Error>,
}

impl Lineage {
    pub fn of(
        command: &'static str,
        began: Beginning,
        settings: LineageSettings,
        book: Option<&Book>,
    ) -> Self {
        Lineage { command, began, settings, book: book.cloned(), runs: 0, open: None, fault: None }
    }

    /// A run begins, of a month if it bills one.
    pub fn begin(&mut self, month: Option<Month>) {
        self.runs += 1;
        self.open = Some((self.id(), month));
        self.tell(&Event::Start);
    }

    /// A month is done; the later months of a cascade begin as the one before them is done.
    pub fn month_is_done(&mut self, report: &Report) {
        if !matches!(self.open, Some((_, Some(month))) if month == report.month) {
            self.begin(Some(report.month));
        }
        let inputs = inputs(report, self.closed_before(report).as_deref());
        if !report.unmet.is_empty() {
            let unmet: Vec<String> = report.unmet.iter().map(|unmet| unmet.in_words()).collect();
            return self.end(&Event::Fail { message: &unmet.join("; "), inputs: &inputs });
        }
        let outputs = match (&report.status, &report.revision_folder) {
            (Status::Published { .. }, Some(folder)) => {
                let folder = leads_from(&self.settings.working, Path::new(folder));
                outputs(report, &folder)
            }
            _ => Vec::new(),
        };
        self.end(&Event::Complete { inputs: &inputs, outputs: &outputs });
    }

    /// The command is at its end; gives what could not be written. `failure` says what went wrong, if
    /// it did.
    pub fn finish(&mut self, failure: Option<&str>, files: &[String]) -> Option<Error> {
        if self.open.is_none() && (self.runs == 0 || failure.is_some()) {
            self.begin(None);
        }
        let mut inputs: Vec<Dataset> = files
            .iter()
            .map(|file| leads_from(&self.settings.working, Path::new(file)))
            .map(|path| dataset(&path))
            .collect();
        if let Some(book) = &self.book {
            let folder = leads_from(&self.settings.working, book.folder());
            inputs.extend(is_folder(&folder).then(|| dataset(&folder)));
        }
        match failure {
            _ if self.open.is_none() => {}
            Some(message) => self.end(&Event::Fail { message, inputs: &[] }),
            None => self.end(&Event::Complete { inputs: &inputs, outputs: &[] }),
        }
        self.fault.take()
    }

    /// The folder of the revision that closed the month before, if the month began with it.
    fn closed_before(&self, report: &Report) -> Option<PathBuf> {
        let OpeningRecord::Book { month, revision, .. } = &report.manifest.opening else {
            return None;
        };
        let book = self.book.as_ref()?;
        book.look_afresh(); // this run may have published it
        let folder = book.revision_folder(*month, revision).ok()?;
        Some(leads_from(&self.settings.working, &folder))
    }

    fn end(&mut self, event: &Event<'_>) {
        self.tell(event);
        self.open = None;
    }

    /// A new UUID of version 7: no two processes, and no two runs of one, have the same.
    fn id(&self) -> String {
        let now = self.began.instant();
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
        let own = format!("{}, {}, {now:?}", self.settings.process, self.runs);
        let [random @ .., _, _, _, _, _, _] = xxh3_128(own.as_bytes()).to_be_bytes();
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid().to_string()
    }

    fn tell(&mut self, event: &Event<'_>) {
        let Some((id, month)) = &self.open else { return };
        let at = self.began.instant().format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
        let event = self.event(id, *month, event, &at);
        if let Err(fault) = append(&self.settings.file, &format!("{event}\n")) {
            self.fault.get_or_insert(fault);
        }
    }
}

/// Adds a line to the end of a file, in one go.
fn append(path: &Path, line: &str) -> Result<()> {
    let file = OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut file| file.write_all(line.as_bytes())).map_err(|fault| {
        let error = Error::new(Code::OUTPUT_UNWRITABLE, "the lineage cannot be written")
            .in_file(path)
            .caused_by(fault);
        error.hint("check that its folder is there, and that this user may write in it")
    })
}

/// Who says it.
const PRODUCER: &str = concat!("urn:monthend:", env!("CARGO_PKG_VERSION"));
const SPECIFICATION: &str = "https://openlineage.io/spec";

/// What a dataset is read from, or written to, besides its name.
type Dataset = Value;

/// How far a run is.
enum Event<'a> {
    Start,
    Complete { inputs: &'a [Dataset], outputs: &'a [Dataset] },
    Fail { message: &'a str, inputs: &'a [Dataset] },
}

impl Lineage {
    /// The event of a run, which happened at an instant of RFC 3339.
    fn event(&self, id: &str, month: Option<Month>, event: &Event<'_>, at: &str) -> Value {
        let (kind, inputs, outputs) = match *event {
            Event::Start => ("START", &[][..], &[][..]),
            Event::Complete { inputs, outputs } => ("COMPLETE", inputs, outputs),
            Event::Fail { inputs, .. } => ("FAIL", inputs, &[][..]),
        };
        json!({
            "eventType": kind,
            "eventTime": at,
            "run": { "runId": id, "facets": self.run_facets(month, event) },
            "job": {
                "namespace": self.settings.namespace,
                "name": format!("monthend.{}", self.command),
                "facets": {
                    "jobType": facet("2-0-4/JobTypeJobFacet", json!({
                        "processingType": "BATCH", "integration": "MONTHEND", "jobType": "JOB",
                    })),
                },
            },
            "inputs": inputs,
            "outputs": outputs,
            "producer": PRODUCER,
            "schemaURL": format!("{SPECIFICATION}/2-0-2/OpenLineage.json#/$defs/RunEvent"),
        })
    }

    fn run_facets(&self, month: Option<Month>, event: &Event<'_>) -> Value {
        let version = env!("CARGO_PKG_VERSION");
        let engine = json!({ "version": version, "name": "monthend" });
        let mut facets = Map::new();
        let mut add = |name: &str, facet: Value| drop(facets.insert(name.to_owned(), facet));
        add("processing_engine", facet("1-1-1/ProcessingEngineRunFacet", engine));
        if let Some(month) = month {
            let nominal = json!({
                "nominalStartTime": month.start().to_string(),
                "nominalEndTime": month.end().to_string(),
            });
            add("nominalTime", facet("1-0-1/NominalTimeRunFacet", nominal));
        }
        if let Some(LineageParent { namespace, job, run }) = &self.settings.parent {
            let parent = json!({
                "run": { "runId": run }, "job": { "namespace": namespace, "name": job },
            });
            add("parent", facet("1-2-0/ParentRunFacet", parent));
        }
        if let Event::Fail { message, .. } = event {
            let error = json!({ "message": message, "programmingLanguage": "Rust" });
            add("errorMessage", facet("1-0-1/ErrorMessageRunFacet", error));
        }
        Value::Object(facets)
    }
}

/// A file or a folder.
fn dataset(path: &Path) -> Dataset {
    let whole = path.display().to_string();
    let (namespace, name, uri) = match storage::bucket_and_key(path) {
        Some((bucket, key)) => (bucket, key.to_owned(), whole),
        None => ("file".to_owned(), whole.clone(), format!("file://{whole}")),
    };
    let source = json!({ "name": namespace, "uri": uri });
    json!({
        "namespace": namespace,
        "name": name,
        "facets": { "dataSource": facet("1-0-1/DatasourceDatasetFacet", source) },
    })
}

/// What a month was billed from: usage, changes, catalogue, opening state, in the order of the
/// manifest. Relative paths lead from the folders that they are named from; `closed` is the folder of the revision of
/// the month before that it was opened with, if it was.
fn inputs(report: &Report, closed: Option<&Path>) -> Vec<Dataset> {
    let manifest = &report.manifest;
    let mut inputs: Vec<Dataset> = manifest.inputs.iter().map(|file| input(report, file)).collect();
    if let Some(closed) = closed {
        let mut state = dataset(&closed.join(format!("{}.parquet", Table::State.name())));
        add_columns(&mut state, columns(report, Table::State));
        inputs.push(state);
    }
    inputs
}

fn input(report: &Report, file: &InputFile) -> Dataset {
    let manifest = &report.manifest;
    let mut input = dataset(&storage::leads_from(&report.inputs_folder, Path::new(&file.file)));
    let rows = file.rows_by_month.as_ref().map(|months| months.values().sum::<u64>());
    let mut metrics = json!({ "bytes": file.bytes, "fileCount": 1, "columnMetrics": {} });
    if let Some(rows) = rows {
        metrics["rowCount"] = rows.into();
    }
    input["inputFacets"] = json!({
        "dataQualityMetrics": facet("1-0-3/DataQualityMetricsInputDatasetFacet", metrics),
    });
    let options = &manifest.options;
    let schema = match file.role {
        Role::Usage => LogSchema::usage(&options.map_usage, options.event_ids).ok(),
        Role::Changes => LogSchema::changes(&options.map_changes).ok(),
        _ => None,
    };
    if let Some(schema) = schema {
        let read = schema.columns.iter().filter(|column| !column.in_file.is_empty());
        add_columns(&mut input, read.map(|column| json!({ "name": column.in_file })).collect());
    } else if file.role == Role::Opening {
        add_columns(&mut input, columns(report, Table::State));
    }
    input
}

/// The tables of a revision in a folder.
fn outputs(report: &Report, revision: &Path) -> Vec<Dataset> {
    let outputs = report.manifest.outputs.iter();
    let output = |output: &Output| {
        let (name, _) = output.file.rsplit_once('.')?;
        let table = Table::ALL.into_iter().find(|table| table.name() == name)?;
        let mut dataset = dataset(&revision.join(&output.file));
        add_columns(&mut dataset, columns(report, table));
        let statistics = json!({ "rowCount": output.rows, "size": output.bytes, "fileCount": 1 });
        dataset["outputFacets"] = json!({
            "outputStatistics": facet("1-0-2/OutputStatisticsOutputDatasetFacet", statistics),
        });
        Some(dataset)
    };
    outputs.filter_map(output).collect()
}

/// The columns of a table.
fn columns(report: &Report, table: Table) -> Vec<Value> {
    let schema = arrow_schema(table, report.total_amount.currency);
    let field =
        |field: &FieldRef| json!({ "name": field.name(), "type": field.data_type().to_string() });
    schema.fields().iter().map(field).collect()
}

fn add_columns(dataset: &mut Dataset, fields: Vec<Value>) {
    let schema = json!({ "fields": fields });
    dataset["facets"]["schema"] = facet("1-2-0/SchemaDatasetFacet", schema);
}

/// A facet of a kind, such as `1-0-1/NominalTimeRunFacet`.
fn facet(kind: &str, mut content: Value) -> Value {
    let name = kind.rsplit_once('/').map_or(kind, |(_, name)| name);
    content["_producer"] = PRODUCER.into();
    content["_schemaURL"] = format!("{SPECIFICATION}/facets/{kind}.json#/$defs/{name}").into();
    content
}
