"""The view of management options: the list comes with what else the sources advise for the case that is asked about."""

from collections import Counter, defaultdict

from kb.api.pagination import RecordPagination
from kb.reasoning.limits import lower_first_word
from kb.reasoning.record_cache import fetch_selected_records, select_keys
from kb.reasoning.serious_harms import SeriousHarmFinder
from kb.serializers import ReferenceSerializer
from kb.views import Companions, RecordViewSet
from symptoms import filters, models, serializers
from symptoms.choices import Fit
from symptoms.option_fit import FITS

COUNT_SCHEMA = {"type": "integer", "minimum": 1, "description": "How many options there are."}
SYMPTOM_SCHEMA = {"$ref": "#/components/schemas/Reference"}
SAYS_SCHEMA = {"type": "string", "description": "The same in words."}


def build_list_schema(component, description, is_nullable=True):
    """Return the schema of a list of a component that another resource defines."""
    items = {"$ref": f"#/components/schemas/{component}"}
    return {"type": ["array", "null"] if is_nullable else "array", "items": items, "description": description}


def build_object_list_schema(description, **properties):
    """Return the schema of a list of objects with these properties, all of which are always there."""
    items = {"type": "object", "properties": properties, "required": [*properties]}
    return {"type": "array", "items": items, "description": description}


class OptionPagination(RecordPagination):
    """Pages of management options, which come with more than other lists."""

    companion_schemas = RecordPagination.companion_schemas | {
        "kinds": build_object_list_schema(
            "The kinds of the symptoms that were asked about for which options of this list are stated.",
            symptom=SYMPTOM_SCHEMA,
            says=SAYS_SCHEMA,
            count=COUNT_SCHEMA,
        ),
        "broader": build_object_list_schema(
            "What is stated for the nearest broader symptoms: all of it where nothing is for those that were asked "
            "about, else what is for this very cause.",
            broader_symptom=SYMPTOM_SCHEMA,
            says=SAYS_SCHEMA,
            count=COUNT_SCHEMA,
            url={"type": "string", "description": "The request that gives them all, with those for its kinds."},
            options=build_list_schema("ManagementOption", "The options, as many as a page holds.", is_nullable=False),
        ),
        "guidance": build_list_schema(
            "Guidance",
            "Where there is no option: what the sources say in other ways of help with these symptoms, with what there "
            "is (`having`), or with the side effects of what is taken.",
            is_nullable=False,
        ),
        "serious_harms": build_list_schema(
            "SideEffect",
            "The serious harms of what is taken that are one of these symptoms or show as one; always told.",
            is_nullable=False,
        ),
        "switches": build_list_schema(
            "Switch",
            "What may be taken in place of what is taken, because of these symptoms; null unless `taking` was asked.",
        ),
        "comparisons": build_list_schema(
            "Comparison",
            "How what is taken compares with other treatments in these symptoms; null unless `taking` was asked.",
        ),
    }


class ManagementOptionViewSet(RecordViewSet):
    queryset = models.ManagementOption.objects.all()
    serializer_class = serializers.ManagementOptionSerializer
    detail_serializer_class = serializers.ManagementOptionDetailSerializer
    filterset_class = filters.ManagementOptionFilter
    pagination_class = OptionPagination
    absence_predicate = "states a way to help that is just for this"

    def find_companions(self):
        """Return what else the sources advise: switches, comparisons, and options for broader symptoms."""
        patient, symptoms = self.answer_context.patient, self.answer_context.symptoms
        context, broader = self.get_serializer_context(), self.find_broader_options()
        content = {
            "kinds": self.describe_kinds(),
            "broader": [self.serialize_broader(symptom, options) for symptom, options in broader.items()],
            "guidance": [],
            "serious_harms": [],
            "switches": None,
            "comparisons": None,
        }
        records = [option for options in broader.values() for option in options]
        if not self.paginator.total_count:
            guidance = patient.find_guidance(symptoms)
            content["guidance"] = serializers.GuidanceSerializer(guidance, many=True, context=context).data
            records += guidance
        if patient.treatments:
            harms = SeriousHarmFinder(self.answer_context.hierarchies).find_harms_of_all(patient.treatments, symptoms)
            content["serious_harms"] = serializers.SideEffectSerializer(harms, many=True, context=context).data
            switches = patient.find_advice(models.Switch, ("from_treatment",), symptoms)
            comparisons = patient.find_advice(models.Comparison, ("treatment", "comparator"), symptoms)
            content["switches"] = serializers.SwitchSerializer(switches, many=True, context=context).data
            content["comparisons"] = serializers.ComparisonSerializer(comparisons, many=True, context=context).data
            records += [*harms, *switches, *comparisons]
        return Companions(records, content)

    def describe_kinds(self):
        """Return the kinds of the symptoms that were asked about for which there are options, with how many."""
        asked = {symptom.pk for symptom in self.answer_context.symptoms}
        if not asked or not self.paginator.total_count:
            return []
        counts = Counter(self.filterset.qs.order_by().values_list("symptom", flat=True))
        kinds = models.Symptom.objects.in_bulk(counts.keys() - asked)
        return [
            {
                "symptom": self.serialize_symptom(kinds[key]),
                "says": f"{format_count(counts[key])} stated for {lower_first_word(str(kinds[key]))}, which is a kind "
                f"of {self.name_symptoms()}.",
                "count": counts[key],
            }
            for key in sorted(kinds, key=lambda key: kinds[key].slug)
        ]

    def find_broader_options(self):
        """Map the nearest broader symptoms to what is stated for exactly them, if nothing is stated for those asked.

        If something is, only what is stated of the broader ones for this very cause.
        """
        asked = {symptom.pk for symptom in self.answer_context.symptoms}
        has_options, patient = bool(self.paginator.total_count), self.answer_context.patient
        if not asked or self.filterset.exact or (has_options and not patient.is_stated):
            return {}
        hierarchy = self.answer_context.hierarchies[models.Symptom]
        broader = models.Symptom.objects.public().in_bulk(hierarchy.get_ancestors(asked))
        filterset = self.filterset.replace_params({"symptom": [symptom.slug for symptom in broader.values()]})
        options = defaultdict(list)
        stated = filterset.qs.filter(symptom__in=broader)
        if has_options:
            stated = stated.filter(fit_rank=FITS.index(Fit.STATED_FOR_THIS_CAUSE))
        rows = select_keys(stated) if broader else ()
        for option in fetch_selected_records(stated.model, rows, self.answer_context.hierarchies):
            options[option.symptom_id].append(option)
        return {broader[key]: options[key] for key in hierarchy.find_nearest_ancestors(asked, options)}

    def serialize_broader(self, symptom, options):
        """Return the options for a broader symptom as they are shown, as many as a page holds."""
        shown = options[: self.paginator.get_page_size(self.request)]
        name, counted = lower_first_word(str(symptom)), format_count(len(options))
        if self.paginator.total_count:
            says = f"{counted} stated for {name}, which is broader than {self.name_symptoms()}, for just this cause."
        else:
            nothing = f"Nothing is stated for {self.name_symptoms()}, nor for a kind of it."
            says = f"{nothing} {counted} stated for {name}, which is broader."
        return {
            "broader_symptom": self.serialize_symptom(symptom),
            "says": says,
            "count": len(options),
            "url": self.build_list_url(self.filterset.replace_params({"symptom": [symptom.slug]}).data),
            "options": self.get_serializer(shown, many=True).data,
        }

    def serialize_symptom(self, symptom):
        return ReferenceSerializer(symptom, context=self.get_serializer_context()).data

    def name_symptoms(self):
        """Return the names of the symptoms that were asked about."""
        return " or ".join(lower_first_word(str(symptom)) for symptom in self.answer_context.symptoms)


def format_count(count):
    return f"{count} option{' is' if count == 1 else 's are'}"
