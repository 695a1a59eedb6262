"""Enumerations of treatments and of the statements about them."""

from django.db.models import TextChoices


class TreatmentKind(TextChoices):
    """What sort of treatment it is."""

    UNSTATED = "unstated", "Not stated"
    GENERAL = "general", "Treatment in general: what is said of it is said of no treatment in particular"
    CLASS = "class", "Class of treatments"
    DRUG = "drug", "Drug"
    PROCEDURE = "procedure", "Procedure"
    COMPLEMENTARY = "complementary", "Complementary therapy"
    SELF_CARE = "self-care", "Self-care"
    SPECIALIST = "specialist", "Help from a specialist"


class Modality(TextChoices):
    """Whether it reaches the whole body or one place."""

    UNSTATED = "unstated", "Not stated"
    SYSTEMIC = "systemic", "Systemic: it reaches the whole body"
    LOCAL = "local", "Local: it is aimed at one place"


class Route(TextChoices):
    """How a medicine gets into or onto the body."""

    ORAL = "oral", "By mouth"
    INTRAVENOUS = "intravenous", "Into a vein"
    INJECTION = "injection", "By injection"
    SKIN = "skin", "On the skin"


class Goal(TextChoices):
    """What a treatment of a cancer is meant to achieve."""

    UNSTATED = "unstated", "Not stated"
    TREAT = "treat", "Treat the cancer"
    CONTROL = "control", "Control the cancer"
    SLOW_GROWTH = "slow-growth", "Slow the growth of the cancer"
    PREVENT_SPREAD = "prevent-spread", "Prevent further spread"
    SHRINK = "shrink", "Shrink the tumour"
    KILL_CANCER_CELLS = "kill-cancer-cells", "Kill cancer cells"
    RELIEVE_SYMPTOMS = "relieve-symptoms", "Relieve symptoms"
    PREVENT_COMPLICATIONS = "prevent-complications", "Prevent complications"
    REDUCE_RISK = "reduce-risk", "Reduce the risk of the cancer or its return"
    IMPROVE_OTHER_TREATMENT = "improve-other-treatment", "Make another treatment work better"
    PROLONG_SURVIVAL = "prolong-survival", "Prolong survival"


ANTICANCER_GOALS = [Goal.UNSTATED, Goal.TREAT, Goal.CONTROL, Goal.SLOW_GROWTH, Goal.PREVENT_SPREAD, Goal.SHRINK]
ANTICANCER_GOALS += [Goal.KILL_CANCER_CELLS, Goal.PROLONG_SURVIVAL]
