"""Enumerations that more than one app or model uses: status, population, certainty, frequency and the like."""

from django.db.models import TextChoices


class Status(TextChoices):
    """Where a record stands on its way to the public."""

    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    RETIRED = "retired", "Retired"


class ChangeState(TextChoices):
    """Where a proposed change stands."""

    DRAFT = "draft", "Being written"
    SUBMITTED = "submitted", "Awaiting review"
    RETURNED = "returned", "Sent back"
    APPROVED = "approved", "Approved"
    SUPERSEDED = "superseded", "Superseded by a later one"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Way(TextChoices):
    """On what way something came into the knowledge base."""

    FORM = "form", "Form"
    BULK = "bulk", "Bulk action"
    IMPORT = "import", "Import"
    RESTORED = "restored", "Brought back"
    REVIEW = "review", "Review"
    SHIPPED = "shipped", "Shipped data"
    EDITION = "edition", "New edition of a source"
    OUTSIDE = "outside", "Outside of the editor"


class PassageState(TextChoices):
    """How a cited passage stands in the edition of its source that is read now."""

    AS_CITED = "as-cited", "As cited: its words stand there, under the same heading and in the same list"
    MOVED = "moved", "Moved: its words stand there, under another heading or at several places"
    CHANGED = "changed", "Changed: its words, or the line that introduces them, are not the same there"
    GONE = "gone", "Gone: nothing like its words stands there"


class EventKind(TextChoices):
    """What happened to a record, told by what its address answers."""

    PUBLISHED = "published", "Published: it can be read, for the first time or again"
    CHANGED = "changed", "Changed: it says something else than before"
    RETIRED = "retired", "Retired: it no longer stands; its address answers 410 and names what does"
    REMOVED = "removed", "Removed: its address answers 404"


class SuggestionState(TextChoices):
    """What has become of a suggestion: an editor takes it up until a change of it is public, or declines it."""

    OPEN = "open", "Open"
    TAKEN_UP = "taken-up", "Taken up"
    PUBLISHED = "published", "Published"
    DECLINED = "declined", "Declined"


class CitationState(TextChoices):
    """Whether the words are there: what the last check of the citations found of a statement as it stands now."""

    PASSED = "passed", "Passed: the cited lines are there, and speak of all that it names"
    FAILED = "failed", "Failed: the cited lines are not there, or do not speak of all that it names"
    IN_DOUBT = "in-doubt", "In doubt: the text of a source was replaced since it was read"
    NOT_CHECKED = "not-checked", "Not checked since it was written or changed"


class SupportState(TextChoices):
    """Whether the cited lines support a statement: decided by a second person, for the statement as it stands now."""

    DECIDED = "decided", "Decided: a second person has read the lines, and they support it"
    OPEN = "open", "Open: nobody has decided since it or its lines changed"


class TokenScope(TextChoices):
    """What a token lets a program do."""

    SUGGEST = "suggest", "Send suggestions, and read what became of them"
    READ = "read", "Ask more often than without a token"


class Population(TextChoices):
    """For whom a statement holds, as far as the source says."""

    UNSTATED = "unstated", "Not stated"
    EVERYONE = "everyone", "Everyone"
    WOMEN = "women", "Women"
    MEN = "men", "Men"
    PREMENOPAUSAL_WOMEN = "premenopausal-women", "Premenopausal women"
    PRE_AND_PERIMENOPAUSAL_WOMEN = "pre-and-perimenopausal-women", "Pre- and perimenopausal women"
    POSTMENOPAUSAL_WOMEN = "postmenopausal-women", "Postmenopausal women"
    OLDER_ADULTS = "older-adults", "Older adults"
    HIGH_RISK_WOMEN = "women-at-high-risk-of-breast-cancer", "Women at high risk of breast cancer or its return"
    CANCER = "people-with-cancer", "People with cancer"
    BREAST_CANCER = "people-with-breast-cancer", "People with breast cancer"
    HORMONE_RECEPTOR_POSITIVE = (
        "people-with-hormone-receptor-positive-breast-cancer",
        "People with hormone receptor-positive breast cancer",
    )
    METASTATIC_BREAST_CANCER = "people-with-metastatic-breast-cancer", "People with metastatic breast cancer"
    PROSTATE_CANCER = "people-with-prostate-cancer", "People with prostate cancer"
    BONE_METASTASES = "people-with-bone-metastases", "People with bone metastases"
    CANCER_IN_BONE = "people-with-cancer-that-affects-bone", "People with cancer that affects bone"
    TAKING_AROMATASE_INHIBITORS = "people-taking-aromatase-inhibitors", "People taking aromatase inhibitors"
    TAKING_TAMOXIFEN = "people-taking-tamoxifen", "People taking tamoxifen"
    TAKING_BONE_LOSS_MEDICINES = (
        "people-taking-medicines-that-raise-bone-loss-risk",
        "People taking medicines that raise the risk of bone loss",
    )


UNLIMITED_POPULATIONS = frozenset({Population.UNSTATED, Population.EVERYONE})  # No limit that a source states.
WOMEN = {Population.WOMEN, Population.PREMENOPAUSAL_WOMEN, Population.PRE_AND_PERIMENOPAUSAL_WOMEN}
WOMEN |= {Population.POSTMENOPAUSAL_WOMEN, Population.HIGH_RISK_WOMEN}
DISJOINT_POPULATIONS = [
    ({Population.MEN}, WOMEN),
    (
        {Population.PREMENOPAUSAL_WOMEN, Population.PRE_AND_PERIMENOPAUSAL_WOMEN},
        {Population.POSTMENOPAUSAL_WOMEN},
    ),
]


def are_disjoint(left: str, right: str) -> bool:
    """Return whether nobody belongs to both populations."""
    return any((left in a and right in b) or (left in b and right in a) for a, b in DISJOINT_POPULATIONS)


# What everybody of a population has or takes, at least one of these entries: the name of their model, and their slugs.
POPULATION_ENTRIES = {
    Population.CANCER: ("Cancer", ["cancer"]),
    Population.BREAST_CANCER: ("Cancer", ["breast-cancer"]),
    Population.HORMONE_RECEPTOR_POSITIVE: ("Cancer", ["hormone-receptor-positive-breast-cancer"]),
    Population.METASTATIC_BREAST_CANCER: ("Cancer", ["metastatic-breast-cancer"]),
    Population.PROSTATE_CANCER: ("Cancer", ["prostate-cancer"]),
    Population.BONE_METASTASES: ("Cancer", ["bone-metastasis"]),
    Population.CANCER_IN_BONE: ("Cancer", ["bone-metastasis", "primary-bone-cancer"]),
    Population.TAKING_AROMATASE_INHIBITORS: ("Treatment", ["aromatase-inhibitors"]),
    Population.TAKING_TAMOXIFEN: ("Treatment", ["tamoxifen"]),
}


class Scope(TextChoices):
    """Whether what is said of a class holds of each of its members."""

    UNSTATED = "unstated", "Not stated"
    ALL = "all", "All members of the class"
    SOME = "some", "Some members of the class"


class Certainty(TextChoices):
    """How firmly the source says it."""

    UNSTATED = "unstated", "Not stated"
    AIM = "aim", "Aim: it is used for this; the source does not say that it does"
    POSSIBLE = "possible", "Possible: it can, may or might"
    LIKELY = "likely", "Likely: it usually or generally does"
    DEFINITE = "definite", "Definite: said as a plain fact"


class Frequency(TextChoices):
    """How often it is met, in the source's own words, never as a figure."""

    UNSTATED = "unstated", "Not stated"
    VERY_RARE = "very-rare", "Very rare"
    RARE = "rare", "Rare"
    SOMETIMES = "sometimes", "Sometimes, or in some cases"
    OFTEN = "often", "Often or frequently"
    COMMON = "common", "Common"
    VERY_COMMON = "very-common", "Very common"
    MOST_COMMON = "most-common", "The most common of all"


RARE_FREQUENCIES = {Frequency.VERY_RARE, Frequency.RARE}
OPPOSITE_FREQUENCIES = (
    RARE_FREQUENCIES,
    {Frequency.OFTEN, Frequency.COMMON, Frequency.VERY_COMMON, Frequency.MOST_COMMON},
)


class Site(TextChoices):
    """A place in the body to which a cancer spreads."""

    UNSTATED = "unstated", "Not stated"
    BONE = "bone", "Bone"
    SPINE = "spine", "Spine"
    PELVIS = "pelvis", "Pelvis"
    RIBS = "ribs", "Ribs"
    LONG_BONES = "long-bones", "Long bones of the arms and legs"
    LUNGS = "lungs", "Lungs"
    OTHER_ORGANS = "other-organs", "Other organs"
