"""What is made of the data as they are, kept in a process until something is written."""

from collections.abc import Callable
from typing import Generic, TypeVar

from kb.models import Revision
from kb.models.data_revision import in_versioned_transaction

ValueT = TypeVar("ValueT")


class RevisionCache(Generic[ValueT]):
    """A value that belongs to one state of the data. Only the latest is kept, since a mark is never used again.

    `factory` makes it; it is given the value of the state before, which the new one may take parts of, or None.
    """

    def __init__(self, factory: Callable[[ValueT | None], ValueT]) -> None:
        self.factory = factory
        self._values: dict[str, ValueT] = {}  # By the mark of the data revision.

    def get(self) -> ValueT:
        """Return the value of the data as they are: that which is kept, unless something was written since.

        Inside a transaction that is still writing it is made anew and not kept: nobody else may see what it holds.
        """
        mark = None if in_versioned_transaction.get() else Revision.objects.current_mark()
        if mark is None:
            return self.factory(None)
        if (value := self._values.get(mark)) is None:
            value = self.factory(next(iter([*self._values.values()]), None))
            self._values.clear()
            self._values[mark] = value
        return value

    def clear(self) -> None:
        """Forget what is kept."""
        self._values.clear()
