"""PyPI kserve: its classes, and those of kubernetes, keep every field of the manifests in deploy/kubernetes/kserve."""

import pathlib
import re

import kserve
import pytest
import yaml
from kubernetes import client

MANIFESTS = pathlib.Path(__file__).parents[2] / "deploy/kubernetes/kserve"
CLASSES = {"ServingRuntime": "V1alpha1ServingRuntime", "InferenceService": "V1beta1InferenceService"}


def kept(value, kind):
    """What is left of a value that a class of this name reads and writes again."""
    inner = re.fullmatch(r"list\[(.*)\]", kind)
    if inner:
        return [kept(each, inner[1]) for each in value]
    if hasattr(kserve, kind):
        return kept_by_kserve(value, getattr(kserve, kind))
    if hasattr(client, kind):
        return getattr(client, kind).from_dict(value).model_dump(by_alias=True, exclude_none=True)
    return value


def kept_by_kserve(fields, model):
    names = {key: name for name, key in model.attribute_map.items() if key in fields}
    values = {names[key]: kept(fields[key], model.openapi_types[names[key]]) for key in names}
    # The class itself refuses what may not be left out.
    made = model(**values)
    return {key: getattr(made, name) for key, name in names.items()}


@pytest.mark.parametrize("path", sorted(MANIFESTS.glob("*.yaml")), ids=lambda path: path.name)
def test_manifest(path):
    manifest = yaml.safe_load(path.read_text())
    assert kept(manifest, CLASSES[manifest["kind"]]) == manifest
