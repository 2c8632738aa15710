"""Holds the manifests of jobs/kubernetes against Kubernetes' schemas, and against what these do not know: the words that
fields may have, the time zone, and what names what.

Run in the repository's root. Exits with 77 where a module is missing.
"""

import sys
import zoneinfo
from pathlib import Path

try:
    import kubernetes_validate
    import yaml
except ModuleNotFoundError as missing:
    print(missing, file=sys.stderr)
    sys.exit(77)

FOLDER = Path("jobs/kubernetes")
WORDS = {
    "concurrencyPolicy": {"Allow", "Forbid", "Replace"},
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


kustomization = load("kustomization.yaml")
manifests = {name: load(name) for name in kustomization["resources"]}
for name, manifest in manifests.items():
    # The oldest version that the page names, and the newest that is known.
    for version in ("1.31", kubernetes_validate.latest_version()):
        kubernetes_validate.validate(manifest, version, strict=True)
    check_words(manifest, name)
present = {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}
check(present == set(manifests), f"not in kustomization.yaml, or not there: {present ^ set(manifests)}")

maps = {}
for made in kustomization["configMapGenerator"]:
    keys = maps[made["name"]] = set()
    for file in made["files"]:
        key, _, path = file.rpartition("=")
        check((FOLDER / path).is_file(), f"{path} is not there")
        keys.add(key or Path(path).name)

cronjob = manifests["cronjob.yaml"]["spec"]
job = cronjob["jobTemplate"]["spec"]
pod = job["template"]["spec"]
[container] = pod["containers"]
check(cronjob["timeZone"] == "Etc/UTC", "the time zone is not UTC")
check(cronjob["concurrencyPolicy"] == "Forbid", "two may run at once")
check(pod["restartPolicy"] == "Never", "podFailurePolicy needs restartPolicy Never")
check(len(cronjob["schedule"].split()) == 5, "a schedule has five fields")
for rule in job["podFailurePolicy"]["rules"]:
    named = rule.get("onExitCodes", {}).get("containerName", container["name"])
    check(named == container["name"], f"a rule is for {named}")
check("--findings-exit-code=0" in container["args"], "findings are failures")
check(any(image["name"] == container["image"].split(":")[0] for image in kustomization["images"]), "the image is not set")

claims = {manifests["volume.yaml"]["metadata"]["name"]}
volumes = {volume["name"]: volume for volume in pod["volumes"]}
check({mount["name"] for mount in container["volumeMounts"]} == set(volumes), "mounts and volumes differ")
for volume in volumes.values():
    if "persistentVolumeClaim" in volume:
        check(volume["persistentVolumeClaim"]["claimName"] in claims, f"no such claim: {volume}")
    for source in volume.get("projected", {}).get("sources", []):
        source = source["configMap"]
        check(source["name"] in maps, f"no such map: {source}")
        keys = {item["key"] for item in source.get("items", [])}
        check(keys <= maps[source["name"]], f"{source['name']} has no {keys - maps[source['name']]}")


# The overlay for object storage, merged as kustomize does: lists by name, and null for what goes.
def merged(base, patch):
    if isinstance(base, dict) and isinstance(patch, dict):
        both = {key: merged(base.get(key), value) for key, value in patch.items()}
        return {key: value for key, value in {**base, **both}.items() if value is not None}
    if isinstance(base, list) and isinstance(patch, list) and all("name" in item for item in [*base, *patch]):
        by_name = {item["name"]: item for item in base}
        by_name |= {item["name"]: merged(by_name.get(item["name"], {}), item) for item in patch}
        return list(by_name.values())
    return patch


overlay = load("storage/kustomization.yaml")
check(overlay["resources"] == [".."], "the overlay is of something else")
for patch in overlay["patches"]:
    content = load(f"storage/{patch['path']}")
    target = (content["kind"], content["metadata"]["name"])
    check(target == (patch["target"]["kind"], patch["target"]["name"]), f"{patch['path']} is of another target")
    [resource] = [one for one in manifests.values() if (one["kind"], one["metadata"]["name"]) == target]
    if content.get("$patch") == "delete":
        continue
    whole = merged(resource, content)
    for version in ("1.31", kubernetes_validate.latest_version()):
        kubernetes_validate.validate(whole, version, strict=True)
    pod = whole["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    data = [volume for volume in pod["volumes"] if volume["name"] == "data"]
    check(len(data) == 1 and set(data[0]) == {"name", "emptyDir"}, f"there is still a volume: {data}")
    check(len(pod["containers"]) == 1 and pod["containers"][0]["args"] == container["args"], "another container")
