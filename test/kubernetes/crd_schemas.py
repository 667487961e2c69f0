"""Writes the schemas of custom resources as kubeconform reads them: crd_schemas.py FOLDER CRD.yaml…"""

import json
import pathlib
import sys

import yaml


def strict(schema):
    """Fields that no property names are an error, as they are for an API server that validates strictly."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strict(value) for key, value in schema.items()}
    # A property may itself be called `properties`, and then has a schema in the place of schemas.
    open_ended = schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema
    if schema.get("type") == "object" and isinstance(schema.get("properties"), dict) and not open_ended:
        made["additionalProperties"] = False
    if schema.get("x-kubernetes-int-or-string"):
        made = {"type": ["integer", "string"]}
    return made


folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for path in sys.argv[2:]:
    for crd in yaml.safe_load_all(pathlib.Path(path).read_text()):
        for version in crd["spec"]["versions"]:
            schema = strict(version["schema"]["openAPIV3Schema"])
            # What an API server checks of every resource itself.
            schema["properties"]["metadata"] = {"type": "object", "required": ["name"]}
            name = f"{crd['spec']['names']['kind'].lower()}-{crd['spec']['group'].split('.')[0]}-{version['name']}"
            (folder / f"{name}.json").write_text(json.dumps(schema))
