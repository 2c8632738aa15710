"""Reads run events by OpenLineage's own types, which refuse what breaks their rules; what they write of them again must
be the same. Prints how many events there are of each kind, as JSON. Exits with 77 where the package is missing.

    read_events.py FILE
"""

import inspect
import json
import pkgutil
import sys
from collections import Counter
from importlib import import_module

try:
    from openlineage.client import generated
    from openlineage.client.generated import base
    from openlineage.client.generated.data_quality_metrics_input_dataset import ColumnMetrics
    from openlineage.client.generated.parent_run import Job, Run
    from openlineage.client.generated.schema_dataset import SchemaDatasetFacetFields
    from openlineage.client.serde import Serde
except ImportError as missing:
    print(missing, file=sys.stderr)
    sys.exit(77)


def facet_types():
    """The types of facets by the address of their schema."""
    types = {}
    for module in pkgutil.iter_modules(generated.__path__):
        for _, kind in inspect.getmembers(import_module(f"{generated.__name__}.{module.name}"), inspect.isclass):
            if issubclass(kind, base.BaseFacet):
                types[kind._get_schema()] = kind
    return types


FACETS = facet_types()


def facet(said):
    said = dict(said)
    kind = FACETS[said.pop("_schemaURL")]
    producer = said.pop("_producer")
    if "fields" in said:
        said["fields"] = [SchemaDatasetFacetFields(**field) for field in said["fields"]]
    if "columnMetrics" in said:
        said["columnMetrics"] = {name: ColumnMetrics(**of) for name, of in said["columnMetrics"].items()}
    if "run" in said:
        said["run"], said["job"] = Run(**said["run"]), Job(**said["job"])
    return kind(**said, producer=producer)


def facets(said):
    return {name: facet(one) for name, one in said.items()}


def dataset(kind, said):
    own = {name: facets(of) for name, of in said.items() if name.endswith("acets")}
    return kind(namespace=said["namespace"], name=said["name"], **own)


def event(said):
    return base.RunEvent(
        eventType=base.EventType[said["eventType"]],
        eventTime=said["eventTime"],
        run=base.Run(runId=said["run"]["runId"], facets=facets(said["run"]["facets"])),
        job=base.Job(
            namespace=said["job"]["namespace"], name=said["job"]["name"], facets=facets(said["job"]["facets"])
        ),
        inputs=[dataset(base.InputDataset, one) for one in said["inputs"]],
        outputs=[dataset(base.OutputDataset, one) for one in said["outputs"]],
        producer=said["producer"],
    )


def without_empty(value):
    """What is left out, and what is empty, is the same."""
    if isinstance(value, dict):
        kept = {name: without_empty(one) for name, one in value.items()}
        return {name: one for name, one in kept.items() if one not in (None, {}, [])}
    return [without_empty(one) for one in value] if isinstance(value, list) else value


kinds = Counter()
for number, line in enumerate(open(sys.argv[1], encoding="utf-8"), 1):
    said = json.loads(line)
    again = json.loads(Serde.to_json(event(said)))
    assert without_empty(again) == without_empty(said), f"{number}: {said}\n{again}"
    kinds[said["eventType"]] += 1
print(json.dumps(kinds))
