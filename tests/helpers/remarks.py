"""Changes as they were before they had a conversation, and as they are now; for use in subprocesses."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from kb.models import Change

BEFORE = ("kb", "0014_editions")
REMARKS = {"returned": "Which line?", "rejected": "No line says so.", "approved": "Well read.", "submitted": ""}


def load_model_of_before(app, name):
    return MigrationExecutor(connection).loader.project_state(BEFORE).apps.get_model(app, name)


def write_changes_of_before():
    """Write a change in each of these states with the one remark that it had."""
    user = load_model_of_before("auth", "User").objects.create(username="ravi")
    kind, _ = load_model_of_before("contenttypes", "ContentType").objects.get_or_create(app_label="kb", model="cancer")
    for key, (state, remark) in enumerate(REMARKS.items()):
        decided = {} if state == "submitted" else {"reviewer_id": user.pk, "decided_at": timezone.now()}
        load_model_of_before("kb", "Change").objects.create(
            kind_id=kind.pk,
            object_id=key,
            slug=state,
            why="So it is.",
            state=state,
            base={},
            content={"name": state},
            submitted_at=timezone.now(),
            remark=remark,
            **decided,
        )


def ask_about_edition():
    """Let a change be a question that comes of a new edition, as none was before."""
    Change.objects.filter(state="submitted").update(way="edition")


def read_changes_of_before():
    """Return the remark of each change, by its state."""
    return dict(load_model_of_before("kb", "Change").objects.values_list("state", "remark"))


def read_conversations():
    """Return by state what was said of each change, and whether it is its refusal."""
    return {
        change.state: [
            [remark.by.username, remark.text, remark.content, remark == change.refusal, remark.at == change.decided_at]
            for remark in change.remarks.all()
        ]
        for change in Change.objects.all()
    }
