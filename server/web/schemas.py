"""Short words for JSON schemas, for the page that describes the API."""

from typing import Any


def type_name(schema: dict[str, Any]) -> str:
    """A short word for a schema, for example `list[StationView]` or `string | null`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for many in ("oneOf", "anyOf"):
        if many in schema:
            return " | ".join(type_name(each) for each in schema[many])
    kind = schema.get("type", "any")
    if isinstance(kind, list):
        return " | ".join(str(each) for each in kind)
    if kind == "array":
        return f"list[{type_name(schema.get('items', {}))}]"
    if "enum" in schema:
        return " | ".join(f"“{each}”" for each in schema["enum"])
    if kind == "object" and "properties" in schema:
        return "{" + ", ".join(schema["properties"]) + "}"
    return str(schema.get("format") or kind)
