"""Names of files in a folder of recordings, as a table and as a disk write them."""

import unicodedata

MOST_NAME_CHARACTERS = 255
_SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini"})


def fault_of_name(text: str) -> str | None:
    """Return what keeps a text from being the name of a file in the folder, or None."""
    if not text:
        return "The cell is empty. The name of a file was expected."
    if "/" in text or "\\" in text or text in (".", ".."):
        return f"“{text}” is a path. Only the name of a file in the folder was expected."
    if len(text) > MOST_NAME_CHARACTERS or not text.isprintable():
        return "The name of a file is too long or holds characters that cannot be printed."
    return None


def is_system_file(name: str) -> bool:
    """Whether the system put the file there, hidden from the person."""
    return name.startswith(".") or name.casefold() in _SYSTEM_FILES


def composed(name: str) -> str:
    """macOS writes ë as two characters in file names; spreadsheets write one."""
    return unicodedata.normalize("NFC", name)


def folded(name: str) -> str:
    """Under one folded name, some disks keep only one file."""
    return composed(name).casefold()
