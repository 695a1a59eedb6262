"""The row cache: records as they are serialized whatever was asked, for one state of the data."""

from kb.utils.bounded_dict import BoundedDict

MAX_ROWS = 5_000  # Of some 8 kB each.


class RowCache(BoundedDict):
    """Serialized records, by the class of their serializer, their key, and the address of the host in their URLs.

    It is derived from the hierarchies, which are read anew whenever a record is written, and inside each transaction
    that writes: a row is never older than what it is shown with. Rows are shared: whoever gets one must not change it.
    """

    def __init__(self, hierarchies):
        super().__init__(MAX_ROWS)
