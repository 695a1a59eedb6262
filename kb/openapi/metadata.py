"""OpenAPI metadata: the settings of drf-spectacular, the tags of operations and the names of enumerations."""

ENUMERATIONS = {
    "kb.choices": [
        "PassageState",
        "Population",
        "Scope",
        "Certainty",
        "Frequency",
        "Site",
        "SuggestionState",
        "EventKind",
        "CitationState",
        "SupportState",
    ],
    "kb.reasoning.inheritance": ["Basis"],
    "kb.reasoning.links": ["LinkStrength"],
    "kb.reasoning.claims": ["Verdict", "Explainer", "Contrast"],
    "treatments.choices": ["TreatmentKind", "Modality", "Route", "Goal"],
    "symptoms.choices": [
        "SymptomKind",
        "SideEffectEffect",
        "Seriousness",
        "Benefit",
        "Constancy",
        "Curability",
        "Movement",
        "Severity",
        "Evidence",
        "Urgency",
        "Outcome",
        "Step",
        "Direction",
        "Question",
        "Aspect",
        "Explanation",
        "GuidanceKind",
        "Fit",
    ],
}
# For each tag its description and the first path segments of its operations, the most wanted first.
TAG_GROUPS = {
    "Start here": ("What is in it, on what terms, and how is it cited?", ["", "schema"]),
    "Questions": (
        "Ask, and get a whole answer, with its red flags: what could bring a pain on, how are two explanations told "
        "apart, how does one thing lead to another, where do the sources disagree?",
        ["ask", "explain", "search", "differential", "paths", "disagreements", "coverage"],
    ),
    "Entries": (
        "What is it called, what does it belong to, and what is said about it? Their slugs are what everything else "
        "is asked with.",
        ["treatments", "symptoms", "cancers", "investigations", "sources"],
    ),
    "Causes": (
        "What could cause this? Treatments, cancers and conditions that bring a symptom on, and what raises a risk.",
        ["side-effects", "manifestations", "risk-factors", "metastatic-sites", "comparisons"],
    ),
    "Signs": (
        "Is it urgent, and how is the cause found? Signs that call for action, tests, and what tells one cause from "
        "another.",
        ["red-flags", "distinguishing-features", "diagnostics"],
    ),
    "Help": (
        "What helps, and what needs care? Ways to manage a symptom, what treatments are for, cautions, and advice.",
        ["management-options", "cautions", "switches", "indications", "guidance"],
    ),
    "Versions": (
        "Which version is this, what has changed, how is it cited? Releases never change; the feed tells what does.",
        ["changes", "releases"],
    ),
    "Suggestions": ("Is something wrong here? Say so, with a token, and see what editors answer.", ["suggestions"]),
}
SERVER = "http://localhost:8000"  # Where `make run` serves.
# Words by which people look for an operation and that its own description does not use.
KEYWORDS = {
    "explain": "cause reason why",
    "search": "find lookup",
    "differential": "compare distinguish diagnosis",
    "paths": "chain causal graph route",
    "disagreements": "contradiction conflict",
    "coverage": "aggregate statistics numbers matrix gaps",
    "treatments": "medicine drug medication brand therapy",
    "symptoms": "sign condition complaint",
    "investigations": "test scan x-ray blood",
    "sources": "document leaflet reference",
    "side-effects": "adverse effect toxicity cause",
    "manifestations": "symptom of cancer cause",
    "metastatic-sites": "spread metastasis",
    "red-flags": "warning sign emergency urgent alarm",
    "distinguishing-features": "difference distinguish",
    "diagnostics": "test detect",
    "management-options": "help relief remedy painkiller self-care manage",
    "cautions": "warning interaction contraindication",
    "switches": "alternative change medicine",
    "indications": "use purpose",
    "guidance": "advice tip",
    "changes": "history feed atom what is new",
    "releases": "download version archive dataset",
    "suggestions": "correct mistake report",
}
TAG_BY_RESOURCE = {segment: tag for tag, (description, segments) in TAG_GROUPS.items() for segment in segments}


def get_first_segment(path):
    """Return the first segment of a path of the API: the name of a resource or a query."""
    return path.removeprefix("/api/v1/").partition("/")[0]


def get_tag(path):
    """Return the tag of an operation, by its path."""
    return TAG_BY_RESOURCE.get(get_first_segment(path), "Start here")


def operation_sort_key(operation):
    """Order operations by their tags, and within a tag as `TAG_GROUPS` does."""
    path, _, method, _ = operation
    segment = get_first_segment(path)
    rank = [*TAG_BY_RESOURCE].index(segment) if segment in TAG_BY_RESOURCE else len(TAG_BY_RESOURCE)
    return [*TAG_GROUPS].index(get_tag(path)), rank, path, method == "GET"


SPECTACULAR_SETTINGS = {
    "TITLE": "Bone and joint pain in cancer",
    "OAS_VERSION": "3.1.1",
    "DESCRIPTION": (
        "What patient-information documents state about cancer, its treatment, bones and joints, as structured "
        "statements that each cite the lines that say so. **Reference information, not medical advice.** What the "
        "documents do not say is `unstated`. A parameter given twice means *either*; an entry may be named by a "
        "synonym or brand name too; a parameter or slug that does not exist is refused, naming the nearest. Any "
        "answer of statements comes in short with `shape=brief`, as that of `/ask/` does. Every answer has "
        "`X-KB-Version`, the version of the data, and `RateLimit-Policy` and `RateLimit`, how many requests are "
        "allowed and left; every answer 200 to be read by all has an `ETag`. `Link` leads from a page to those around"
        " it, and from a file to its red flags and the nearest that is stated; `X-KB-Absence` says what an empty file"
        " means."
    ),
    "SERVERS": [
        {"url": "/", "description": "The service that this description comes from."},
        {
            "url": "{address}",
            "description": "A service by its address, for programs.",
            "variables": {"address": {"default": SERVER}},
        },
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": r"/api/v[0-9]+",
    "ENUM_NAME_OVERRIDES": {name: f"{module}.{name}" for module, names in ENUMERATIONS.items() for name in names},
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,  # The hook describe_enumerations does that, once for each.
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "kb.openapi.schema_hooks.describe_enumerations",
        "kb.openapi.schema_hooks.convert_to_openapi_3_1",
        "kb.openapi.client_hooks.simplify_for_generators",
        "kb.openapi.parameters.allow_dates_for_datetimes",
        "kb.openapi.response_hooks.add_common_responses",
        "kb.openapi.response_hooks.mark_deprecated",
        "kb.openapi.shared_components.share_components",  # Last: the others look into what it moves.
    ],
    "SORT_OPERATIONS": operation_sort_key,
    "SORT_OPERATION_PARAMETERS": "kb.openapi.parameters.parameter_sort_key",
    "TAGS": [{"name": tag, "description": description} for tag, (description, segments) in TAG_GROUPS.items()],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {
        "deepLinking": True,
        "docExpansion": "list",
        "filter": True,
        "tryItOutEnabled": True,
        "defaultModelsExpandDepth": 0,
        "displayRequestDuration": True,
        "validatorUrl": None,
    },
}
