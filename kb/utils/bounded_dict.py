"""A dictionary of bounded size, for what can be made again."""

from collections.abc import Callable, Mapping
from typing import TypeVar

KeyT = TypeVar("KeyT")
ItemT = TypeVar("ItemT")
ValueT = TypeVar("ValueT")


class BoundedDict(dict[KeyT, ValueT]):
    """Values that can be made again, none of them None; it is emptied when it is full. Threads may share it."""

    def __init__(self, max_size: int, weigh: Callable[[ValueT], int] = lambda value: 1) -> None:
        super().__init__()
        self.max_size, self.weigh, self.size = max_size, weigh, 0  # In what `weigh` counts of a value.

    def remember(self, key: KeyT, value: ValueT) -> ValueT:
        """Store a value under a key, and return it."""
        size = self.weigh(value)
        if self.size + size > self.max_size:
            self.clear()
            self.size = 0
        self.size += size
        self[key] = value
        return value

    def get_all(
        self, items: Mapping[KeyT, ItemT], find_missing: Callable[[list[ItemT]], Mapping[KeyT, ValueT]]
    ) -> dict[KeyT, ValueT]:
        """Return the values of these keys; `find_missing` makes those that are missing, all at once, of their items."""
        values = {key: value for key in items if (value := self.get(key)) is not None}
        missing = [item for key, item in items.items() if key not in values]
        for key, value in find_missing(missing).items() if missing else ():
            values[key] = self.remember(key, value)
        return values
