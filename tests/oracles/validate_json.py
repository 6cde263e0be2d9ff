"""Validates every JSON file of a folder against a JSON Schema: `validate_json.py SCHEMA FOLDER`.

The schema lets objects grow within a version; here nothing may be in a document that the schema does not describe. That
this is seen is tried too: at every place of a document that has an object, one more member must be a fault.
"""
import copy, json, pathlib, sys
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


def objects(part, place=()):
    """Every object with its place: the members that lead to it, and `*` for any item."""
    if isinstance(part, dict):
        yield place, part
    for key, inner in part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ():
        yield from objects(inner, (*place, key if isinstance(part, dict) else "*"))


def unseen(document, validator, tried):
    """The places, not tried before, at which another member is no fault."""
    grown = copy.deepcopy(document)
    for place, part in objects(grown):
        if place not in tried:
            tried.add(place)
            part["undocumented"] = "undocumented"
            if validator.is_valid(grown):
                yield place
            del part["undocumented"]


schema = json.loads(pathlib.Path(sys.argv[1]).read_text("utf-8"))
jsonschema.Draft202012Validator.check_schema(schema)
validator, faults, files, tried = jsonschema.Draft202012Validator(closed(schema)), [], 0, set()
for path in sorted(pathlib.Path(sys.argv[2]).glob("*.json")):
    files += 1
    document = json.loads(path.read_text("utf-8"))
    for error in validator.iter_errors(document):
        faults.append(f"{path.name} {error.json_path}: {error.message[:300]}")
    for place in unseen(document, validator, tried):
        faults.append(f"{path.name} {'.'.join(place)}: a member that the schema does not have is not seen")
print(f"{files} files")
sys.exit("\n".join(faults[:20]) or 0)
