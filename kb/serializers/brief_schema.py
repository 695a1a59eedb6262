"""The brief form of an answer as OpenAPI describes it; `build_brief` makes it."""

from rest_framework import serializers

from kb.serializers.absence import AbsenceSerializer
from kb.serializers.references import ReferenceSerializer


class AsInFullField(serializers.JSONField):
    """A field as the full answer has it; it is left out where it is empty."""

    def __init__(self) -> None:
        super().__init__(required=False, help_text="As in the full answer.")


class SentenceSerializer(serializers.Serializer):
    """A statement in short: its sentence, its place, and what must not be read without it; nothing that is empty."""

    slug = serializers.SlugField(help_text="The statement's permanent public identifier.")
    text = serializers.CharField(help_text="What it says, in one plain sentence of our own.")
    source = serializers.SlugField(help_text="The slug of the source that says so.")
    lines = serializers.CharField(help_text="The lines there, such as 14-16.")
    url = serializers.CharField(help_text="The statement's address.")
    also = serializers.ListField(child=serializers.CharField(), required=False, help_text="Further places.")
    urgency, fit, basis, given, more_cautions = (AsInFullField() for _ in range(5))
    limits = serializers.ListField(child=serializers.CharField(), required=False, help_text="What limits it.")
    notices = AsInFullField()
    contested_by = serializers.ListField(child=serializers.CharField(), required=False, help_text="Slugs.")
    care = serializers.ListField(required=False, help_text="Sentences: cautions and serious harms of its treatment.")
    opposite = serializers.ListField(required=False, help_text="Sentences that say it the other way.")
    more_opposite = serializers.IntegerField(required=False, help_text="How many more of these there are.")


class BriefPartSerializer(serializers.Serializer):
    """A part of an answer in brief, such as one thing that is taken; nothing that is empty."""

    part = serializers.CharField(help_text="The field of the full answer that holds it.")
    about = serializers.CharField(required=False, help_text="What it is about, where that field holds several.")
    link, count, url = (AsInFullField() for _ in range(3))
    says = serializers.CharField(required=False, help_text="What follows, in words.")
    sentences = SentenceSerializer(many=True, required=False, help_text="Its statements, the strongest first.")
    entries = ReferenceSerializer(many=True, required=False, help_text="Its entries, where it lists entries.")
    elsewhere = serializers.ListField(required=False, help_text="Slugs of its statements in another part.")
    more = serializers.IntegerField(required=False, help_text="How many of its statements are left out.")


class MoreSerializer(serializers.Serializer):
    """What is left out."""

    count = serializers.IntegerField(min_value=1, help_text="How many there are.")
    url = serializers.CharField(allow_null=True, help_text="The address; null if it is long: ask without `shape`.")


class BriefSerializer(serializers.Serializer):
    """Any answer in brief (`shape=brief`): its sentences with their places, in 16 kB at most."""

    about = ReferenceSerializer(many=True, help_text="What was asked about.")
    unknown = serializers.ListField(help_text="The values that name nothing here, and what is nearest.")
    interpreted = serializers.ListField(help_text="The values that were read as another name.")
    answered = serializers.BooleanField(help_text="Whether the sources state anything of what was asked.")
    says = serializers.CharField(allow_null=True, help_text="What was found, in words.")
    absence = AbsenceSerializer(allow_null=True, help_text="What it means that nothing is stated.")
    red_flags = SentenceSerializer(many=True, help_text="The signs that call for action: all of them.")
    more_red_flags = MoreSerializer(allow_null=True, help_text="Where they are too many even in short.")
    serious_harms = SentenceSerializer(many=True, help_text="The serious harms of what is taken.")
    parts = BriefPartSerializer(many=True, help_text="The answer, part by part.")
    more = MoreSerializer(allow_null=True, help_text="What is left out of all parts; null if nothing is.")
    note = serializers.CharField(allow_null=True, help_text="What the answer is, and what it is not.")
