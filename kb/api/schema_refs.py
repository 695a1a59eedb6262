"""OpenAPI references to shared components."""

ABSENCE_SCHEMA = {
    "oneOf": [{"$ref": "#/components/schemas/Absence"}, {"type": "null"}],  # Defined by the details of entries.
    "description": "Where nothing matches: that no source states it, and the nearest that is stated; else null.",
}
RED_FLAGS_SCHEMA = {
    "type": "array",
    "items": {"$ref": "#/components/schemas/RedFlag"},  # The component is defined by the red flags' own resource.
}
