"""One hash for what is made of numbers, texts, lists and mappings."""

import hashlib
import json


def hash_of(value: object) -> str:
    """Return the SHA-256 of a value as canonical JSON: the same value always gives the same hash."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
