"""Enumerations of symptoms and of the statements about them."""

from django.db.models import TextChoices


class SymptomKind(TextChoices):
    """Whether a person feels it, has it, or a clinician finds it."""

    UNSTATED = "unstated", "Not stated"
    SYMPTOM = "symptom", "Symptom: a person feels it"
    CONDITION = "condition", "Condition: a person has it"
    FINDING = "finding", "Finding: it is observed or measured"


class SideEffectEffect(TextChoices):
    """Which way a treatment acts on a symptom that it was not given for."""

    UNSTATED = "unstated", "Not stated"
    CAUSES = "causes", "Causes it"
    RAISES_RISK = "raises-risk", "Raises the risk of it"
    PROTECTS = "protects", "Protects from it"


class Seriousness(TextChoices):
    """Whether the source calls a side effect serious."""

    UNSTATED = "unstated", "Not stated"
    SERIOUS = "serious", "Serious"


class Benefit(TextChoices):
    """In what way a treatment helps."""

    UNSTATED = "unstated", "Not stated: it helps"
    RELIEVES = "relieves", "Relieves it"
    TREATS = "treats", "Treats it"
    PREVENTS = "prevents", "Prevents it"
    REDUCES_RISK = "reduces-risk", "Reduces its risk"
    STRENGTHENS = "strengthens", "Strengthens what is weakened"
    MAINTAINS = "maintains", "Maintains what would be lost"
    IMPROVES = "improves", "Improves it"


class Constancy(TextChoices):
    """Whether a pain is there all the time."""

    UNSTATED = "unstated", "Not stated"
    CONSTANT = "constant", "Constant"
    COMES_AND_GOES = "comes-and-goes", "Comes and goes"


class Movement(TextChoices):
    """What movement or activity does to a pain."""

    UNSTATED = "unstated", "Not stated"
    BETTER = "better", "Better with movement"
    WORSE = "worse", "Worse with movement"


OPPOSITE_COURSES = {
    "constancy": ({Constancy.CONSTANT}, {Constancy.COMES_AND_GOES}),
    "movement": ({Movement.BETTER}, {Movement.WORSE}),
}


class Severity(TextChoices):
    """How bad the symptom is."""

    MILD = "mild", "Mild"
    MODERATE = "moderate", "Moderate"
    SEVERE = "severe", "Severe"


class Evidence(TextChoices):
    """What kind of evidence the source names."""

    UNSTATED = "unstated", "Not stated"
    CLINICAL_TRIAL = "clinical-trial", "A clinical trial"
    PERSONAL_REPORTS = "personal-reports", "Reports of people who have had it"


class Urgency(TextChoices):
    """How fast the source says to act."""

    UNSTATED = "unstated", "Not stated"
    EMERGENCY = "emergency", "Emergency"
    IMMEDIATE = "immediate", "Immediately, straight away"
    SOON = "soon", "Soon: tell a doctor"


MOST_URGENT_FIRST = (Urgency.EMERGENCY, Urgency.IMMEDIATE, Urgency.SOON, Urgency.UNSTATED)


class Outcome(TextChoices):
    """How the first treatment compares with the second."""

    UNSTATED = "unstated", "Not stated"
    LESS_OFTEN = "less-often", "Less often"
    MORE_OFTEN = "more-often", "More often"
    OPPOSITE = "opposite", "The opposite effect"
    DIFFERS = "differs", "Differs"


class Step(TextChoices):
    """Where in the search for a cause an investigation stands."""

    UNSTATED = "unstated", "Not stated"
    FIRST = "first", "First"
    NEXT = "next", "Next"
    CONFIRMATION = "confirmation", "Confirmation"
    MONITORING = "monitoring", "Monitoring"


class Direction(TextChoices):
    """Which way a factor moves a risk."""

    UNSTATED = "unstated", "Not stated"
    RAISES = "raises", "Raises the risk"
    LOWERS = "lowers", "Lowers the risk"


class Question(TextChoices):
    """Two explanations between which a feature helps to tell."""

    UNSTATED = "unstated", "Not stated"
    BONE_OR_JOINT = "bone-or-joint", "Is it bone pain or joint pain?"
    TREATMENT_OR_METASTASIS = "treatment-or-metastasis", "Is it from the treatment or from spread to the bone?"


class Aspect(TextChoices):
    """What a feature is about."""

    UNSTATED = "unstated", "Not stated"
    LOCATION = "location", "Where it is"
    SIDE = "side", "On which side"
    SENSATION = "sensation", "What it feels like"
    ONSET = "onset", "When it began"
    TIMING = "timing", "At what times"
    COURSE = "course", "How it goes on"
    AGGRAVATING = "aggravating", "What makes it worse"
    RELIEVING = "relieving", "What makes it better"


class Explanation(TextChoices):
    """The explanation that a feature speaks for."""

    UNSTATED = "unstated", "Not stated"
    BONE = "bone", "Bone pain"
    JOINT = "joint", "Joint pain"
    TREATMENT = "treatment", "The treatment"
    METASTASIS = "metastasis", "Spread to the bone"


class GuidanceKind(TextChoices):
    """What a piece of guidance is for."""

    UNSTATED = "unstated", "Not stated"
    COMMUNICATION = "communication", "Talking with the care team"
    SELF_CARE = "self-care", "What a person can do"
    SEEK_HELP = "seek-help", "When to seek help"
    TREATMENT_CHOICE = "treatment-choice", "How a treatment is chosen"
    OUTLOOK = "outlook", "What to expect"
    EXPLANATION = "explanation", "Explanation"


class Curability(TextChoices):
    """Whether the source says that it can be cured."""

    UNSTATED = "unstated", "Not stated"
    CURABLE = "curable", "Can be cured"
    NOT_TYPICALLY_CURABLE = "not-typically-curable", "Cannot be cured as a rule"
    NOT_CURABLE = "not-curable", "Cannot be cured"


class Fit(TextChoices):
    """Whether a way to help is stated for the cause of a symptom, by what a person takes and has; the best first."""

    STATED_FOR_THIS_CAUSE = (
        "stated-for-this-cause",
        "Stated for this cause: something that is taken, a cancer or condition that there is, or a class of these; or "
        "for people who have or take it",
    )
    STATED_FOR_POSSIBLE_EFFECT = (
        "stated-for-a-possible-effect",
        "Stated for a condition that something that is taken may bring about: whether it has is not known",
    )
    GENERAL = "general", "General: stated without a cause, or for treatment in general"
    STATED_FOR_OTHER_CAUSE = (
        "stated-for-other-cause",
        "Stated only for another cause or for other people, as far as is known of what is taken and what there is",
    )
