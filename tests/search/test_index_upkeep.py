"""Upkeep of the search index: triggers and derived columns after every way of writing, and after migrations."""

import pytest
import yaml
from django.apps import apps
from django.core.management import call_command
from django.db import connection, models
from django.db.migrations.state import ProjectState
from django.db.models import Value
from django.db.models.functions import Concat

from kb.models import Record, record_models
from kb.search.fulltext import index_name, search_full_text, sync_search_indexes
from symptoms.models import SideEffect
from treatments.models import Treatment


def find_slugs(model, phrase):
    return [record.slug for record in search_full_text(model.objects.all(), phrase)]


class TestWrites:
    """After every way of writing, a record is found by its new text and not by its old one."""

    @pytest.fixture(autouse=True)
    def _before_and_after(self, universe):
        assert find_slugs(Treatment, "brandol") == ["drug"]
        yield
        assert find_slugs(Treatment, "brandol") == []
        assert find_slugs(Treatment, "novel") == ["drug"]
        assert Treatment.objects.with_any_name("novel").exists()
        assert not Treatment.objects.with_any_name("brandol").exists()

    @pytest.fixture
    def drug(self):
        return Treatment.objects.get(slug="drug")

    def test_a_saved_record_is_reindexed(self, drug):
        drug.brand_names = ["Novel"]
        drug.save()

    def test_a_record_saved_in_one_column_is_reindexed(self, drug):
        drug.brand_names, drug.name = ["Novel"], "Not saved"
        drug.save(update_fields=["brand_names"])
        assert find_slugs(Treatment, "saved") == []

    def test_a_record_saved_with_deferred_columns_is_reindexed(self):
        drug = Treatment.objects.only("slug", "brand_names").get(slug="drug")
        drug.brand_names = ["Novel"]
        drug.save()
        assert find_slugs(Treatment, "drug")[0] == "drug"

    def test_a_record_saved_with_an_expression_is_reindexed(self, drug):
        drug.brand_names, drug.summary = ["Novel"], Concat(Value("Green "), Value("pill."))
        drug.save()
        assert find_slugs(Treatment, "green") == ["drug"]

    def test_update_or_create_reindexes(self):
        Treatment.objects.update_or_create(slug="drug", defaults={"brand_names": ["Novel"]})

    def test_update_reindexes(self):
        assert Treatment.objects.filter(name_index__contains="brandol").update(brand_names=["Novel"]) == 1

    def test_bulk_update_reindexes(self, drug):
        drug.brand_names = ["Novel"]
        Treatment.objects.bulk_update([drug], ["brand_names"])

    def test_delete_and_bulk_create_reindex(self, drug):
        SideEffect.objects.all().delete()
        Treatment.objects.filter(slug="drug").delete()
        assert find_slugs(Treatment, "brandol") == find_slugs(Treatment, "drug") == []
        Treatment.objects.bulk_create([Treatment(slug="drug", name="Drug", brand_names=["Novel"], kind="drug")])

    def test_bulk_create_with_update_conflicts_reindexes(self):
        Treatment.objects.bulk_create(
            [Treatment(slug="drug", name="Other words", brand_names=["Novel"])],
            update_conflicts=True,
            unique_fields=["slug"],
            update_fields=["brand_names"],
        )
        assert find_slugs(Treatment, "words") == []

    def test_loaddata_reindexes(self, tmp_path):
        fields = {"slug": "drug", "name": "Drug", "status": "published", "brand_names": ["Novel"]}
        path = tmp_path / "one.yaml"
        path.write_text(yaml.safe_dump([{"model": "treatments.treatment", "fields": fields}]))
        call_command("loaddata", path, verbosity=0)

    def test_migrate_reindexes_direct_writes(self, drug):
        models.QuerySet(Treatment).filter(pk=drug.pk).update(brand_names=["Novel"])
        assert find_slugs(Treatment, "brandol") == ["drug"]
        call_command("migrate", verbosity=0)

    def test_derived_columns_cannot_be_written(self, drug):
        Treatment.objects.filter(pk=drug.pk).update(brand_names=["Novel"], search_index="brandol", name_index="x")


def list_triggers():
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'treatments_treatment'")
        return sorted(name for (name,) in cursor.fetchall())


def run_post_migrate():
    sync_search_indexes(Treatment._meta.app_config, using="default")


def test_an_altered_column_leaves_no_stale_index(transactional_db, universe):
    """SQLite drops the triggers with any change of a column; post_migrate creates them again."""
    model = ProjectState.from_apps(apps).apps.get_model("treatments", "treatment")  # As in a migration.
    old_field = model._meta.get_field("summary")
    new_field = models.CharField(max_length=5000, blank=True)
    new_field.set_attributes_from_name("summary")
    is_sqlite = connection.vendor == "sqlite"
    if is_sqlite:
        assert len(list_triggers()) == 3
    try:
        with connection.schema_editor() as editor:
            editor.alter_field(model, old_field, new_field)
        assert not is_sqlite or list_triggers() == []
        Treatment.objects.filter(slug="drug").update(brand_names=["Novel"])
        assert find_slugs(Treatment, "novel") == ([] if is_sqlite else ["drug"])
        run_post_migrate()
        assert not is_sqlite or len(list_triggers()) == 3
        assert (find_slugs(Treatment, "novel"), find_slugs(Treatment, "brandol")) == (["drug"], [])
        Treatment.objects.filter(slug="drug").update(brand_names=["Newest"])
        assert (find_slugs(Treatment, "newest"), find_slugs(Treatment, "novel")) == (["drug"], [])
    finally:
        with connection.schema_editor() as editor:
            editor.alter_field(model, new_field, old_field)
        run_post_migrate()


@pytest.mark.usefixtures("universe")
def test_an_index_that_is_up_to_date_is_not_written(django_assert_max_num_queries):
    with django_assert_max_num_queries(24 + len(record_models())) as queries:
        run_post_migrate()
    assert not [query for query in queries if query["sql"].startswith(("UPDATE", "CREATE", "INSERT"))]


def test_every_model_has_its_index(db):
    for model in record_models():
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("SELECT count(*) FROM sqlite_master WHERE name = %s", [index_name(model)])
            else:
                cursor.execute("SELECT count(*) FROM pg_indexes WHERE indexname = %s", [index_name(model)])
            assert cursor.fetchone() == (1,)


def test_derived_columns_are_the_columns_that_cannot_be_edited():
    for model in record_models():
        hidden = {f.name for f in model._meta.fields if not f.editable and f.name != "updated_at"}
        assert hidden == set(model.derived) >= set(Record.derived)
