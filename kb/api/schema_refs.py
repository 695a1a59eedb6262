"""OpenAPI references to shared components."""

RED_FLAGS_SCHEMA = {
    "type": "array",
    "items": {"$ref": "#/components/schemas/RedFlag"},  # The component is defined by the red flags' own resource.
}
