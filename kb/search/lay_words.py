"""Everyday words, and what they mean in the words of this field: for search, and for the nearest of the known names.

Reviewed by hand: a line is a meaning, and the words and phrases that people use for it. A phrase may have several
meanings. They only help to find; no statement rests on them.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice, product

from kb.utils.fuzzy import normalize_name
from kb.utils.text_analysis import stem_words, tokenize

MAX_IMPLIED_NAMES = 16  # Of one phrase; each is looked up.
LAY_WORDS = """
pain: ache, achy, sore, hurt, painful, agony, twinge, throb, cramp
joint: knee, hip, elbow, wrist, shoulder, ankle, finger, thumb, knuckle, toe
fracture: broken, broke, break, crack, snap, snapped
fatigue: tired, exhausted, exhaustion, worn out, no energy, drained, knackered
nausea: sick, queasy, nauseous, nauseated
vomiting: throw up, throwing up, puke, sick
drowsiness: sleepy, dozy
tingling: tingly, prickling, pins needles
numbness: no feeling, dead
weakness: wobbly, feeble, floppy
stiffness: seized up
swelling: swollen, puffy
incontinence: wet myself, leaking, accidents, bladder control, bowel control
constipation: bunged up, blocked up
confusion: muddled, foggy
dehydration: dried out
low blood cell counts: low bloods, low counts
low white blood cell count: low whites
hair loss: bald, losing hair, lose hair, hair falling out
hot flushes: hot sweats, night sweats
loss of appetite: not hungry, off food
loss of sex drive: no sex drive
mouth sores: mouth ulcers
bone loss: thin bones, thinner bones, losing bone
hypercalcaemia: calcium too high
emotional distress: upset, low mood
inflammation: inflamed
metastatic cancer: spread, secondaries, mets
bone metastasis: spread to the bone, bone secondaries
spinal cord compression: pressure on the spine, squashed spine
cancer: growth, lump
injected: injection, jab, shot, needle
growth factors: injection, jab, shot, blood booster
fulvestrant: injection, jab, shot
GnRH agonists: injection, jab, shot, implant
denosumab: injection, jab, shot, bone injection, bone jab
zoledronic acid: drip, infusion, bone drip, bone infusion
bone-strengthening drugs: bone injection, bone jab, bone drip, bone drug, bone medicine, bone pill, bone tablet
painkillers: pain killer, pain pill, pain tablet, pain meds, pain medicine
medicine: drug, medication, meds, pill, tablet
chemotherapy: chemo
radiotherapy: radiation, rays
hormonal therapy: hormone pill, hormone tablet, hormone blocker
steroids: prednisone, dexamethasone
surgery: op, operation
exercise: workout, gym, sport
physiotherapy: physio
complementary therapies: natural remedy, alternative therapy
over-the-counter medicines: without a prescription
emergency: urgent, urgently, ambulance, casualty, hospital, 999, 911
doctor: gp, physician, oncologist
scan: scanned
day: soon, quick, quickly, fast, long, last
week: soon, quick, quickly, fast, long, last
month: soon, quick, quickly, fast, long, last
"""
# What a question asks for by words that name nothing: the kinds of statements that answer it come first.
QUESTION_WORDS = {
    "side-effects": "why, cause, caused, causes, causing",
    "management-options": "can i do, should i do, to do, help, helps, treat, treated, ease, relieve, remedy",
    "red-flags": "emergency, urgent, urgently, dangerous, serious, worry, worried",
    "cautions": "safe with, together with, interact, interaction, mix",
    "comparisons": "versus, better, difference, compared",
}
# Words and beginnings of words that say in which direction something departs from what is usual.
LESS_WORDS = frozenset("low lower lowered less fewer reduced decreased decrease loss lack deficiency deficient".split())
MORE_WORDS = frozenset("high higher raised more increased increase excess extra elevated gain surplus".split())
LESS_PREFIX, MORE_PREFIX = "hypo", "hyper"


def read_lay_words() -> dict[tuple[str, ...], set[tuple[str, ...]]]:
    """Return the stems of each phrase, with the stems of all that it means."""
    meanings: defaultdict[tuple[str, ...], set[tuple[str, ...]]] = defaultdict(set)
    for line in LAY_WORDS.strip().splitlines():
        meaning, _, phrases = line.partition(":")
        for phrase in phrases.split(","):
            if (stems := tuple(stem_words(phrase))) != (meant := tuple(stem_words(meaning))):
                meanings[stems].add(meant)
    return dict(meanings)


MEANINGS = read_lay_words()


def find_meanings(stem: str) -> list[str]:
    """Return the single words that a word may mean, as stems, in alphabetical order."""
    return sorted(meant[0] for meant in MEANINGS.get((stem,), ()) if len(meant) == 1)


def find_wanted_kinds(text: str) -> set[str]:
    """Return the kinds of statements for which a question asks, by their names in addresses."""
    words = f" {' '.join(re.findall('[a-z]+', normalize_name(text)))} "
    return {
        kind
        for kind, phrases in QUESTION_WORDS.items()
        if any(f" {phrase} " in words for phrase in phrases.split(", "))
    }


def find_implied_names(stems: Sequence[str]) -> list[str]:
    """Return the names that a phrase may mean, as stems: as a whole, or with another word for some of its words."""
    whole = [" ".join(meant) for meant in sorted(MEANINGS.get(tuple(stems), ()))]
    choices = islice(product(*([stem, *find_meanings(stem)] for stem in stems)), 1, MAX_IMPLIED_NAMES)
    return [*whole, *(" ".join(choice) for choice in choices)]


def find_direction(text: str) -> int:
    """Return 1 if the words of a text say that something is more than usual, -1 if less, 0 if neither or both."""
    words = tokenize(text)
    is_less = any(word in LESS_WORDS or word.startswith(LESS_PREFIX) for word in words)
    is_more = any(word in MORE_WORDS or word.startswith(MORE_PREFIX) for word in words)
    return is_more - is_less


def is_opposite(text: str, names: Iterable[str]) -> bool:
    """Return whether a text says the opposite of all these names of one thing that say a direction."""
    direction = find_direction(text)
    directions = {find_direction(name) for name in names} if direction else set()
    return -direction in directions and direction not in directions
