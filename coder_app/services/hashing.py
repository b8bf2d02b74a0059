"""One text and one hash for what is made of numbers, texts, lists and mappings."""

import hashlib
import json


def canonical(value: object) -> str:
    """Return a value as its one text: JSON with sorted keys and no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def hash_of(value: object) -> str:
    """Return the SHA-256 of a value's one text in UTF-8: the same value always gives the same hash."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()
