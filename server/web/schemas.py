"""Short words for JSON schemas, for the page that describes the API."""

from typing import Any


def type_name(schema: dict[str, Any]) -> str:
    """A short word for a schema, for example `list[StationView]` or `string | null`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    kind = schema.get("type", "any")
    many = (
        schema.get("oneOf")
        or schema.get("anyOf")
        or ([{"type": each} for each in kind] if isinstance(kind, list) else [])
    )
    if many:
        return " | ".join(type_name(each) for each in many)
    if kind == "array":
        return f"list[{type_name(schema.get('items', {}))}]"
    if "enum" in schema:
        return " | ".join(f"“{each}”" for each in schema["enum"])
    if kind == "object" and "properties" in schema:
        return "{" + ", ".join(schema["properties"]) + "}"
    return str(schema.get("format") or kind)
