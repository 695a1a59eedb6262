"""A dictionary of bounded size, for what can be made again."""

from typing import TypeVar

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")


class BoundedDict(dict[KeyT, ValueT]):
    """Values that can be made again; it is emptied when it is full. Threads may share it."""

    def __init__(self, max_size: int) -> None:
        super().__init__()
        self.max_size = max_size

    def remember(self, key: KeyT, value: ValueT) -> ValueT:
        """Store a value under a key, and return it."""
        if len(self) >= self.max_size:
            self.clear()
        self[key] = value
        return value
