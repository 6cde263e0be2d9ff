"""Validates every JSON file of a folder against a JSON Schema: `validate_json.py SCHEMA FOLDER`.

The schema lets objects grow within a version; here nothing may be in a document that the schema does not describe.
"""
import json, pathlib, sys
import jsonschema


def closed(schema):
    """The schema with no other properties than those it names."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {key: part if key in ("if", "then", "else", "not") else closed(part) for key, part in schema.items()}
    only = {"additionalProperties": False} if schema.get("type") == "object" and "properties" in schema else {}
    return {**parts, **only}


schema = json.loads(pathlib.Path(sys.argv[1]).read_text("utf-8"))
jsonschema.Draft202012Validator.check_schema(schema)
validator, faults, files = jsonschema.Draft202012Validator(closed(schema)), [], 0
for path in sorted(pathlib.Path(sys.argv[2]).glob("*.json")):
    files += 1
    for error in validator.iter_errors(json.loads(path.read_text("utf-8"))):
        faults.append(f"{path.name} {error.json_path}: {error.message[:300]}")
print(f"{files} files")
sys.exit("\n".join(faults[:20]) or 0)
