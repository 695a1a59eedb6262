"""OpenAPI references to shared components."""

ABSENCE_SCHEMA = {
    "oneOf": [{"$ref": "#/components/schemas/Absence"}, {"type": "null"}],  # Defined by the details of entries.
    "description": "Where nothing matches: that no source states it, and the nearest that is stated; else null.",
}
RED_FLAGS_SCHEMA = {
    "type": "array",
    "items": {"$ref": "#/components/schemas/RedFlag"},  # The component is defined by the red flags' own resource.
}
RED_FLAG_REFERENCES_SCHEMA = {
    "type": "array",
    "items": {"$ref": "#/components/schemas/RedFlagReference"},  # `ModelSchema` defines the component.
    "description": "The red flags of what the page names or was asked about and no row tells: the 20 most urgent.",
}
MORE_RED_FLAGS_SCHEMA = {
    "type": ["object", "null"],
    "properties": {
        "count": {"type": "integer", "minimum": 1, "description": "How many more there are."},
        "url": {"type": "string", "description": "The address that lists them all."},
    },
    "required": ["count", "url"],
    "description": "Where there are more red flags; else null.",
}
MORE_CAUTIONS_SCHEMA = MORE_RED_FLAGS_SCHEMA | {
    "description": "Where there are more cautions about members of its treatment; else null."
}
URGENCY_SCHEMA = {"$ref": "#/components/schemas/Urgency"}  # The component is defined by the red flags' own resource.
READINGS_HELP_TEXTS = {
    "unknown": "The values that name nothing here; the answer is to the others.",
    "interpreted": "The values that were read as another name, such as a brand name or a name with a strength.",
}
READINGS_SCHEMAS = {  # The components are defined by the answers to questions.
    "unknown": {"type": "array", "items": {"$ref": "#/components/schemas/UnknownValue"}},
    "interpreted": {"type": "array", "items": {"$ref": "#/components/schemas/InterpretedValue"}},
}
COUNTS_SCHEMAS = {  # Of what comes where `facets` or `count` is asked for; `ModelSchema` defines the component.
    "total": {"type": "integer", "description": "With `facets` or `count`: how many the list has without filters."},
    "facets": {
        "type": "array",
        "items": {"$ref": "#/components/schemas/Facet"},
        "description": "With `facets` or `count`: how many match of each value.",
    },
}
