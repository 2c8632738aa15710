"""Holds the manifests of jobs/kubernetes against Kubernetes' schemas, and against what these do not know: the words
that fields may have, the time zone, and what names what. What kustomize makes of them is made here, and held against
kubectl where that is there.

Run in the repository's root. Exits with 77 where a module is missing.
"""

import shutil
import subprocess
import sys
import tempfile
import zoneinfo
from pathlib import Path

try:
    import kubernetes_validate
    import yaml
except ModuleNotFoundError as missing:
    print(missing, file=sys.stderr)
    sys.exit(77)

FOLDER = Path("jobs/kubernetes")
# The oldest version that the page names, and the newest that is known.
VERSIONS = ("1.31", kubernetes_validate.latest_version())
WORDS = {
    "concurrencyPolicy": {"Allow", "Forbid", "Replace"},
    "completionMode": {"Indexed", "NonIndexed"},
    "restartPolicy": {"OnFailure", "Never"},
    "action": {"FailJob", "FailIndex", "Ignore", "Count"},
    "operator": {"In", "NotIn"},
    "accessModes": {"ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"},
    "fsGroupChangePolicy": {"OnRootMismatch", "Always"},
    "imagePullPolicy": {"Always", "IfNotPresent", "Never"},
    "timeZone": zoneinfo.available_timezones(),
}


def check(holds, what):
    if not holds:
        sys.exit(f"{what}")


def check_words(node, at=""):
    if isinstance(node, list):
        for item in node:
            check_words(item, at)
    elif isinstance(node, dict):
        for key, value in node.items():
            for word in value if isinstance(value, list) else [value]:
                if key in WORDS and isinstance(word, str):
                    check(word in WORDS[key], f"{at}.{key}: {word} is none of its words")
            check_words(value, f"{at}.{key}")


def load(name):
    return yaml.safe_load((FOLDER / name).read_text())


def merged(base, patch):
    """As kustomize does: lists by name, and null for what goes."""
    if isinstance(base, dict) and isinstance(patch, dict):
        both = {key: merged(base.get(key), value) for key, value in patch.items()}
        return {key: value for key, value in {**base, **both}.items() if value is not None}
    if isinstance(base, list) and isinstance(patch, list) and all("name" in item for item in [*base, *patch]):
        by_name = {item["name"]: item for item in base}
        by_name |= {item["name"]: merged(by_name.get(item["name"], {}), item) for item in patch}
        return list(by_name.values())
    return patch


def known(manifests):
    return {(manifest["kind"], manifest["metadata"]["name"]): manifest for manifest in manifests}


def kustomized(components):
    """The manifests by kind and name."""
    files = {FOLDER / name for name in kustomization["resources"]}
    made = known(load(name) for name in kustomization["resources"])
    for folder in components:
        component = load(f"{folder}/kustomization.yaml")
        check(component["kind"] == "Component", f"{folder} holds what holds it")
        resources, patches = component.get("resources", []), component["patches"]
        files |= {FOLDER / folder / name for name in [*resources, *(patch["path"] for patch in patches)]}
        made |= known(load(f"{folder}/{name}") for name in resources)
        for patch in patches:
            content, target = load(f"{folder}/{patch['path']}"), patch["target"]
            chosen = [key for key in made if target["kind"] == key[0] and target.get("name", key[1]) == key[1]]
            check(chosen and content["kind"] == target["kind"], f"{folder}/{patch['path']} is of another target")
            for key in chosen:
                whole = merged(made.pop(key), content | {"metadata": content["metadata"] | {"name": key[1]}})
                if "$patch" not in content:
                    made[key] = whole
    there = {path for folder in [".", *components] for path in (FOLDER / folder).glob("*.yaml")}
    there = {path for path in there if path.name != "kustomization.yaml"}
    check(there == files, f"named by no kustomization.yaml, or not there: {there ^ files}")
    return made


def rendered(components):
    """The same by kubectl, but for the ConfigMaps: with the names that are given here."""
    text = (FOLDER / "kustomization.yaml").read_text()
    for folder in components:
        text = text.replace("#components:", "components:").replace(f"#  - {folder}\n", f"  - {folder}\n")
    check(yaml.safe_load(text).get("components", []) == components, f"it does not name {components}")
    with tempfile.TemporaryDirectory() as copy:
        shutil.copytree(FOLDER, copy, dirs_exist_ok=True)
        (Path(copy) / "kustomization.yaml").write_text(text)
        told = subprocess.run(["kubectl", "kustomize", copy], capture_output=True, text=True, check=False)
    check(told.returncode == 0, told.stderr)
    manifests = list(yaml.safe_load_all(told.stdout))
    named = [manifest["metadata"]["name"] for manifest in manifests if manifest["kind"] == "ConfigMap"]
    text = told.stdout
    for name in named:
        text = text.replace(name, name.rpartition("-")[0])
    check(len(named) == len(maps), f"not all maps are there: {named}")
    [image] = kustomization["images"]
    text = text.replace(f"{image['newName']}:{image['newTag']}", f"{image['name']}:{image['newTag']}")
    manifests = [manifest for manifest in yaml.safe_load_all(text) if manifest["kind"] != "ConfigMap"]
    for manifest in manifests:
        check(manifest["metadata"].pop("namespace") == kustomization["namespace"], "it is in another namespace")
    return known(manifests)


def unordered(node):
    """Of things with names, the order is nothing."""
    if isinstance(node, dict):
        return {key: unordered(value) for key, value in node.items()}
    if isinstance(node, list) and all(isinstance(item, dict) and "name" in item for item in node):
        return {item["name"]: unordered(item) for item in node}
    return [unordered(item) for item in node] if isinstance(node, list) else node


def check_job(job, claims):
    """What the schemas do not know of a Job."""
    pod = job["template"]["spec"]
    [container] = pod["containers"]
    check(pod["restartPolicy"] == "Never", "podFailurePolicy needs restartPolicy Never")
    for rule in job["podFailurePolicy"]["rules"]:
        named = rule.get("onExitCodes", {}).get("containerName", container["name"])
        check(named == container["name"], f"a rule is for {named}")
    check("--findings-exit-code=0" in container["args"], "findings are failures")
    image = container["image"].split(":")[0]
    check(any(image == one["name"] for one in kustomization["images"]), "the image is not set")
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    check({mount["name"] for mount in container["volumeMounts"]} == set(volumes), "mounts and volumes differ")
    for mount in container["volumeMounts"]:
        if "subPath" in mount:
            keys = maps[volumes[mount["name"]]["configMap"]["name"]]
            check(mount["subPath"] in keys, f"no such key: {mount}")
    for volume in volumes.values():
        if "persistentVolumeClaim" in volume:
            check(volume["persistentVolumeClaim"]["claimName"] in claims, f"no such claim: {volume}")
        sources = [source["configMap"] for source in volume.get("projected", {}).get("sources", [])]
        for source in sources + ([volume["configMap"]] if "configMap" in volume else []):
            check(source["name"] in maps, f"no such map: {source}")
            keys = {item["key"] for item in source.get("items", [])}
            check(keys <= maps[source["name"]], f"{source['name']} has no {keys - maps[source['name']]}")


kustomization = load("kustomization.yaml")
maps = {}
for generated in kustomization["configMapGenerator"]:
    in_map = maps[generated["name"]] = set()
    for file in generated["files"]:
        key, _, path = file.rpartition("=")
        check((FOLDER / path).is_file(), f"{path} is not there")
        in_map.add(key or Path(path).name)

variants = {}
for components in ([], ["storage"], ["storage", "parts"]):
    manifests = variants[len(components)] = kustomized(components)
    claims = {name for kind, name in manifests if kind == "PersistentVolumeClaim"}
    for (kind, name), manifest in manifests.items():
        for version in VERSIONS:
            kubernetes_validate.validate(manifest, version, strict=True)
        check_words(manifest, f"{kind} {name}")
        if kind in ("CronJob", "Job"):
            spec = manifest["spec"]
            check_job(spec["jobTemplate"]["spec"] if kind == "CronJob" else spec, claims)
    if shutil.which("kubectl"):
        other = rendered(components)
        check(unordered(other) == unordered(manifests), f"with {components} kubectl makes {yaml.safe_dump(other)}")

plain, stored, in_parts = variants.values()
cronjob = plain["CronJob", "monthend"]["spec"]
check(cronjob["timeZone"] == "Etc/UTC", "the time zone is not UTC")
check(cronjob["concurrencyPolicy"] == "Forbid", "two may run at once")
check(len(cronjob["schedule"].split()) == 5, "a schedule has five fields")
job = cronjob["jobTemplate"]["spec"]
[container] = job["template"]["spec"]["containers"]

# Without a volume, the same.
check(set(stored) == {("CronJob", "monthend")}, f"there is still a volume: {stored.keys()}")
of_storage = stored["CronJob", "monthend"]["spec"]["jobTemplate"]["spec"]
pod = of_storage["template"]["spec"]
data = [volume for volume in pod["volumes"] if volume["name"] == "data"]
check(len(data) == 1 and set(data[0]) == {"name", "emptyDir"}, f"there is still a volume: {data}")
check(len(pod["containers"]) == 1 and pod["containers"][0]["args"] == container["args"], "another container")

# In parts, the same but for what parts need.
check({kind for kind, _ in in_parts} == {"Job"}, f"not Jobs alone: {in_parts.keys()}")
[(bill_name, bill), (publish_name, publish)] = sorted((name, one["spec"]) for (_, name), one in in_parts.items())
for one in (bill, publish):
    check(one["podFailurePolicy"] == job["podFailurePolicy"], "another policy for exit codes than the CronJob's")
    own, other = unordered(one["template"]), unordered(of_storage["template"])
    for pod in (own["spec"], other["spec"]):
        del pod["volumes"]["job"], pod["containers"]["monthend"]["volumeMounts"], pod["containers"]["monthend"]["args"]
    del own["spec"]["volumes"]["catalogs"]
    check(own == other, f"another pod than the CronJob's: {own}, {other}")
check(bill["completionMode"] == "Indexed", "pods have no index")
check(publish.get("suspend") is True, "it would publish what an earlier attempt has left")
[bill_args, publish_args] = [one["template"]["spec"]["containers"][0]["args"] for one in (bill, publish)]
each = f"--part=$(JOB_COMPLETION_INDEX)/{bill['completions']}"
check([arg for arg in bill_args[1:] if arg != each] == publish_args[1:], "other options, or not as many parts as pods")
month = publish_args[2].removeprefix("--month=")
check((bill_name, publish_name) == (f"monthend-{month}-parts", f"monthend-{month}-publish"), "named by other months")
