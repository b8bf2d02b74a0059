"""Nothing but sound may be in the boxes of a file."""

import pytest

from coder_app.leakaudit.sound import find_faults


def box(kind: bytes, content: bytes = b"") -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + kind + content


QUIET = box(b"ftyp", b"M4A ") + box(b"moov", box(b"mvhd", bytes(20))) + box(b"mdat", b"sound")


def test_a_file_of_sound_alone_has_no_fault():
    assert find_faults(QUIET + box(b"free", bytes(8))) == []


@pytest.mark.parametrize(
    ("added", "fault"),
    [
        (box(b"uuid", b"recorder"), "box b'uuid'"),
        (box(b"free", b"session nine"), "free space"),
        (box(b"moov", box(b"mvhd", b"\x00" * 4 + b"\x01" * 16)), "a time in b'mvhd'"),
        (
            box(b"moov", box(b"udta", box(b"meta", bytes(4) + box(b"ilst", b"\xa9nam title")))),
            "bytes of tags",
        ),
        (b"ID3", "after the last box"),
    ],
)
def test_what_does_not_belong_there_is_named(added, fault):
    assert fault in " ".join(find_faults(QUIET + added))
