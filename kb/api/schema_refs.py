"""OpenAPI references to shared components."""

RED_FLAGS = {"type": "array", "items": {"$ref": "#/components/schemas/RedFlag"}}  # Described by their own resource.
