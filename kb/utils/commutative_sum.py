"""Sums of digests: they depend on which digests are in them, never on the order in which these came and went."""

MODULUS = 2**256
EMPTY_SUM = "0" * 64


def add_digests(total: str, added: list[str], removed: list[str]) -> str:
    """Return a sum of SHA-256 digests with some added and some removed, modulo 2**256, as 64 hexadecimal digits."""
    change = sum(int(digest, 16) for digest in added) - sum(int(digest, 16) for digest in removed)
    return f"{(int(total, 16) + change) % MODULUS:064x}"
