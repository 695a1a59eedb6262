"""Suspects: what follows for a symptom from what the statements say of one treatment that is taken, in words."""

from kb.reasoning.inheritance import Basis
from kb.reasoning.limits import describe_limits
from kb.reasoning.link_rules import LinkRole
from kb.reasoning.links import LinkStrength, assess_strength
from symptoms import models
from symptoms.choices import SideEffectEffect

NO_PROOF_TEXT = "That is no proof that it does not."
EFFECT_TEXTS = {
    SideEffectEffect.CAUSES: "It could be the cause",
    SideEffectEffect.RAISES_RISK: "It is said to raise the risk of this",
}
BASIS_TEXTS = {
    Basis.DIRECT: "that is stated of it.",
    Basis.INHERITED: "that is stated of a class that it belongs to.",
    Basis.POSSIBLE: "that is stated of some of its class, of a member of it, or of another use.",
}
STRENGTH_TEXTS = {
    LinkStrength.COMPARISON: "It could be the cause: a comparison with another treatment speaks of it.",
    LinkStrength.GUIDANCE: "It is not stated as a side effect; advice or an explanation speaks of the two together.",
    LinkStrength.CHAIN: "It could lead to this, step by step: a chain of statements says so.",
    LinkStrength.OPPOSITE: "It is said to help with this or to protect from it; nothing is stated of its causing it.",
    LinkStrength.BROADER: "Nothing is stated of this symptom itself; a broader one is.",
    LinkStrength.NONE: "No statement in these sources says that it causes this.",
}
BOTH_SIDES_TEXT = "The opposite is stated, too: it is said to help with this or to protect from it."
POSSIBLE_HELP_TEXT = (
    "Nothing is stated of its causing it. Of some of its class, or of a member of it, it is said that they help with "
    "this or protect from it: that need not hold of it."
)
BROADER_HELP_TEXT = (
    "Nothing is stated of its causing it. It is said to help with what is broader than this, or to protect from that."
)

# The parts of a suspect that hold a statement for each link.
LINK_PARTS = ("causes", "broader", "risk_factors", "comparisons", "protects", "helps", "mentioned_in")


def describe_suspect(treatment, links, chains=(), has_chain_to_broader=False):
    """Return what the statements say of one treatment that is taken, nearest first, and what follows from them."""
    strength = assess_strength(links, bool(chains), has_chain_to_broader)
    causes = [link for link in links if link.role == LinkRole.BRINGS_ON and not link.is_broader]
    return {
        "treatment": treatment,
        "link": strength,
        "basis": causes[0].basis if causes else None,
        "says": describe_strength(strength, links),
        "causes": get_linked_statements(links, models.SideEffect, LinkRole.BRINGS_ON, is_broader=False),
        "broader": get_linked_statements(links, models.SideEffect, LinkRole.BRINGS_ON, is_broader=True),
        "risk_factors": get_linked_statements(links, models.RiskFactor),
        "comparisons": get_linked_statements(links, models.Comparison),
        "chains": chains,
        "protects": get_linked_statements(links, models.SideEffect, LinkRole.HELPS),
        "helps": get_linked_statements(links, models.ManagementOption, LinkRole.HELPS),
        "mentioned_in": [link.statement for link in links if link.role == LinkRole.MENTIONED],
    }


def get_linked_statements(links, model, role=None, is_broader=None):
    """Return the statements of one model that make links in this role, to a broader symptom or not."""
    return [
        link.statement
        for link in links
        if type(link.statement) is model and role in (None, link.role) and is_broader in (None, link.is_broader)
    ]


def describe_strength(strength, links):
    """Return in words by what a treatment is linked to a symptom; that nothing says so proves nothing.

    That it helps is said only where that is stated of it or of each of its class; with its limits if it has some.
    """
    strongest = [link for link in links if link.strength == strength]
    firm_help = [link for link in links if link.role == LinkRole.HELPS and link.basis != Basis.POSSIBLE]
    # What protects from a symptom protects from its kinds; what helps with pain need not help with each kind of it.
    helping = [link for link in firm_help if not link.is_broader or link.statement.effect == SideEffectEffect.PROTECTS]
    limits_of_help = min((describe_limits(link.statement) for link in helping), key=len, default=[])
    sentences = [STRENGTH_TEXTS.get(strength)]
    if strength == LinkStrength.OPPOSITE:
        sentences = [STRENGTH_TEXTS[strength], *limits_of_help]
        if not helping:
            sentences = [BROADER_HELP_TEXT if firm_help else POSSIBLE_HELP_TEXT]
    elif strength not in STRENGTH_TEXTS:
        link = strongest[0]
        effect = next((effect for effect in EFFECT_TEXTS if getattr(link.statement, "effect", "") == effect), None)
        basis = f"{EFFECT_TEXTS.get(effect, EFFECT_TEXTS[SideEffectEffect.RAISES_RISK])}: {BASIS_TEXTS[link.basis]}"
        sentences = [basis, *describe_limits(link.statement)]
    if strength in STRENGTH_TEXTS.keys() - {LinkStrength.COMPARISON, LinkStrength.CHAIN}:
        sentences.append(NO_PROOF_TEXT)
    if strength != LinkStrength.OPPOSITE and helping:
        sentences += [BOTH_SIDES_TEXT, *limits_of_help]
    return " ".join(sentences)
