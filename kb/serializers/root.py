"""Serializers of the API root: what the knowledge base is, and everything that it offers."""

from rest_framework import serializers


class ResourceSerializer(serializers.Serializer):
    """One kind of record that the knowledge base offers."""

    name = serializers.CharField(help_text="Its name in addresses.")
    description = serializers.CharField(help_text="What one record of it means.")
    count = serializers.IntegerField(help_text="How many are published.", min_value=0)
    url = serializers.URLField(help_text="The address of its list.")


class CodeSystemSerializer(serializers.Serializer):
    """A public vocabulary whose codes the entries carry."""

    prefix = serializers.CharField(help_text="What stands before the colon in a code.")
    name = serializers.CharField(help_text="Its name.")
    licence = serializers.CharField(help_text="On what terms its codes may be used.")
    url = serializers.CharField(help_text="Where it explains a code; put the code in place of {code}.")
    uri = serializers.CharField(help_text="What FHIR calls it; empty where HL7 has settled no URI for it.")


class OfferedQuestionSerializer(serializers.Serializer):
    """One question that the knowledge base answers from all its statements."""

    name = serializers.CharField(help_text="Its name in addresses.")
    description = serializers.CharField(help_text="What it asks.")
    url = serializers.URLField(help_text="Its address; the parameters follow it.")
    example = serializers.URLField(help_text="A call that can be made as it stands.")


class ContentsSerializer(serializers.Serializer):
    """What the knowledge base is, and everything that it offers."""

    name = serializers.CharField(help_text="The name of the knowledge base.")
    about = serializers.CharField(help_text="What it is.")
    disclaimer = serializers.CharField(help_text="What it is not.")
    review = serializers.CharField(help_text="Whether a clinician has reviewed it.")
    version = serializers.CharField(help_text="The version of the software.")
    data_version = serializers.CharField(help_text="The version of the data: another one whenever the data differ.")
    licence = serializers.CharField(help_text="On what terms it may be used.")
    how_to_cite = serializers.CharField(help_text="How to name it in a publication.")
    code_systems = CodeSystemSerializer(many=True, help_text="The vocabularies of the codes, with their licences.")
    code_resolver = serializers.CharField(help_text="Where a code of any system is found; put it in place of {curie}.")
    docs = serializers.URLField(help_text="Swagger UI, to read about the API and try it out.")
    schema = serializers.URLField(help_text="The OpenAPI description.")
    releases = serializers.URLField(help_text="The data as they were at one moment, in files that never change.")
    suggestions = serializers.URLField(help_text="Where to say what is wrong with a record; that takes a token.")
    changes = serializers.URLField(help_text="What was published, changed, retired or removed, when and why.")
    questions = OfferedQuestionSerializer(many=True, help_text="What people come to ask.")
    resources = ResourceSerializer(many=True, help_text="Every kind of record.")
