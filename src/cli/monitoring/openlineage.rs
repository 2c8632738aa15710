//! Run events of OpenLineage 2-0-2, as JSON.

use std::path::Path;

use arrow_schema::FieldRef;
use serde_json::{Map, Value, json};

use crate::base::calendar::Month;
use crate::base::storage;
use crate::book::{InputFile, Role};
use crate::input::logs::LogSchema;
use crate::job::LineageParent;
use crate::run::Report;
use crate::tables::{Output, Table, arrow_schema};

/// Who says it.
const PRODUCER: &str = concat!("urn:monthend:", env!("CARGO_PKG_VERSION"));
const SPECIFICATION: &str = "https://openlineage.io/spec";

/// What a dataset is read from, or written to, besides its name.
pub(super) type Dataset = Value;

/// What all events of a run have in common.
#[derive(Debug)]
pub(super) struct RunOf<'a> {
    pub id: &'a str,
    pub namespace: &'a str,
    pub command: &'a str,
    pub month: Option<Month>,
    pub parent: Option<&'a LineageParent>,
}

/// How far a run is.
pub(super) enum Event<'a> {
    Start,
    Complete { inputs: &'a [Dataset], outputs: &'a [Dataset] },
    Fail { message: &'a str, inputs: &'a [Dataset] },
}

impl RunOf<'_> {
    /// The event, which happened at an instant of RFC 3339.
    pub fn event(&self, event: &Event<'_>, at: &str) -> Value {
        let (kind, inputs, outputs) = match *event {
            Event::Start => ("START", &[][..], &[][..]),
            Event::Complete { inputs, outputs } => ("COMPLETE", inputs, outputs),
            Event::Fail { inputs, .. } => ("FAIL", inputs, &[][..]),
        };
        json!({
            "eventType": kind,
            "eventTime": at,
            "run": { "runId": self.id, "facets": self.run_facets(event) },
            "job": {
                "namespace": self.namespace,
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

    fn run_facets(&self, event: &Event<'_>) -> Value {
        let version = env!("CARGO_PKG_VERSION");
        let engine = json!({ "version": version, "name": "monthend" });
        let mut facets = Map::new();
        let mut add = |name: &str, facet: Value| drop(facets.insert(name.to_owned(), facet));
        add("processing_engine", facet("1-1-1/ProcessingEngineRunFacet", engine));
        if let Some(month) = self.month {
            let nominal = json!({
                "nominalStartTime": month.start().to_string(),
                "nominalEndTime": month.end().to_string(),
            });
            add("nominalTime", facet("1-0-1/NominalTimeRunFacet", nominal));
        }
        if let Some(LineageParent { namespace, job, run }) = self.parent {
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
pub(super) fn dataset(path: &Path) -> Dataset {
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
pub(super) fn inputs(report: &Report, closed: Option<&Path>) -> Vec<Dataset> {
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
pub(super) fn outputs(report: &Report, revision: &Path) -> Vec<Dataset> {
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
