"""Strengths, forms and times that people write beside the name of what is taken, such as “1 mg tablets”."""

import re
from collections.abc import Iterator

NUMBER = r"\d+(?:[.,]\d+)*"
UNITS = """
    g gram grams kg mg milligram milligrams mcg microgram micrograms ug μg ng ml millilitre millilitres milliliter
    milliliters l dl iu unit units miu mmol gy cgy mbq % m2
"""
FORMS = """
    tablet tablets tab tabs capsule capsules cap caps caplet caplets pill pills lozenge lozenges injection injections
    inj infusion infusions drip solution suspension syrup liquid elixir drops powder granules sachet sachets cream
    ointment gel lotion patch patches spray suppository suppositories pessary implant implants depot vial vials ampoule
    ampoules syringe syringes pen pens prefilled pre filled film coated enteric gastro resistant dispersible
    effervescent soluble chewable orodispersible concentrate dose doses strength generic oral topical transdermal
    intravenous iv subcutaneous sc intramuscular im modified prolonged extended sustained slow immediate release
    sr mr xl xr er la
    hydrochloride hcl sulfate sulphate citrate acetate phosphate mesylate maleate tartrate sodium disodium monohydrate
    anhydrous fraction fractions
"""
TIMES = """
    daily weekly monthly yearly nightly hourly day days week weeks month months year years hour hours hr hrs h morning
    evening night bedtime once twice thrice od bd bid tds tid qds qid qd prn required needed
"""
LINKING_WORDS = frozenset("a an and as at by each every for in of on per the to with".split())
DOSAGE_WORDS = frozenset(f"{UNITS} {FORMS} {TIMES}".split())
QUANTITY = re.compile(rf"{NUMBER}(?:{'|'.join(map(re.escape, sorted(DOSAGE_WORDS, key=len, reverse=True)))})?")


def is_dosage(word: str) -> bool:
    """Return whether a folded word is a number, a unit, a form or a time."""
    word = word.strip("()[].,;:")
    return not word or word in DOSAGE_WORDS or QUANTITY.fullmatch(word) is not None


def split_dosage(name: str) -> Iterator[tuple[str, str]]:
    """Yield how a folded name may be split into a name and the dosage beside it, the longest name first.

    Each word of the dosage is one of those above or links two of them, and not all of them are linking words.
    """
    words = name.split()
    loose = [is_dosage(word) or word in LINKING_WORDS for word in words]
    first = loose.index(False) if False in loose else len(words)
    last = len(words) - loose[::-1].index(False) if False in loose else 0
    spans = [(start, end) for start in range(first + 1) for end in range(max(last, start + 1), len(words) + 1)]
    for start, end in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
        dosage = words[:start] + words[end:]
        if any(map(is_dosage, dosage)):
            yield " ".join(words[start:end]).strip(".,;: "), " ".join(dosage)
