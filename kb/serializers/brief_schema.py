"""The brief form of an answer as OpenAPI describes it; `build_brief` makes it."""

from rest_framework import serializers

from kb.serializers.absence import AbsenceSerializer
from kb.serializers.references import ReferenceSerializer


class SentenceSerializer(serializers.Serializer):
    """A statement in short: its sentence, its place, and what must not be read without it; nothing that is empty."""

    slug = serializers.SlugField(help_text="The statement's permanent public identifier.")
    text = serializers.CharField(help_text="What it says, in one plain sentence of our own.")
    source = serializers.SlugField(help_text="The slug of the source that says so.")
    lines = serializers.CharField(help_text="The lines there, such as 14-16.")
    url = serializers.URLField(help_text="The statement's address.")
    also = serializers.ListField(child=serializers.CharField(), required=False, help_text="Further places, 3 at most.")
    urgency = serializers.CharField(required=False, help_text="How fast a red flag says to act.")
    fit = serializers.CharField(required=False, help_text="How far an option is stated for this case.")
    basis = serializers.CharField(required=False, help_text="On what it answers; `possible` need not hold of it.")
    given = serializers.BooleanField(required=False, help_text="Whether the question gave this feature.")
    limits = serializers.ListField(child=serializers.CharField(), required=False, help_text="What limits it.")
    notices = serializers.ListField(child=serializers.CharField(), required=False, help_text="What its sources need.")
    contested_by = serializers.ListField(
        child=serializers.SlugField(), required=False, help_text="The statements nearer to the entry that deny it."
    )
    care = serializers.ListField(required=False, help_text="Sentences: cautions and serious harms of its treatment.")
    opposite = serializers.ListField(required=False, help_text="A sentence: what is said the other way.")
    more_opposite = serializers.IntegerField(required=False, help_text="How many more are.")


class BriefPartSerializer(serializers.Serializer):
    """A part of an answer in brief, such as one thing that is taken. What is empty is left out."""

    part = serializers.CharField(help_text="The field of the full answer that holds it.")
    about = serializers.CharField(required=False, help_text="What it is about, where that field holds several.")
    says = serializers.CharField(required=False, help_text="What follows, in words.")
    link = serializers.CharField(required=False, help_text="By what a thing that is taken is linked at most.")
    count = serializers.IntegerField(required=False, help_text="How many there are on all pages.")
    url = serializers.URLField(required=False, help_text="The next page of them.")
    sentences = SentenceSerializer(many=True, required=False, help_text="Its statements, the strongest first.")
    entries = ReferenceSerializer(many=True, required=False, help_text="Its entries, where it lists entries.")
    elsewhere = serializers.ListField(
        child=serializers.SlugField(), required=False, help_text="Statements that stand elsewhere in the answer."
    )
    more = serializers.IntegerField(required=False, help_text="How many of its statements are left out.")


class MoreSerializer(serializers.Serializer):
    """What is left out."""

    count = serializers.IntegerField(min_value=1, help_text="How many there are.")
    url = serializers.URLField(allow_null=True, help_text="The address; null if it is long: ask without `shape`.")


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
