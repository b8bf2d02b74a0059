import itertools
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder_app.audio.store import CHUNK_BYTES, Store

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file modes")


def numbered_bytes():
    count = itertools.count(1)
    return lambda size: next(count).to_bytes(size, "big")


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "data", numbered_bytes())


def put(store, content=b"sound", peaks=b"\1\2"):
    temporary = store.temporary_path()
    temporary.write_bytes(content)
    return store.put(temporary, peaks)


def files_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_recording_is_stored_under_a_random_name_with_its_peaks_beside_it(store):
    name = put(store, b"sound", b"peaks")
    assert name == f"{2:032x}"
    assert files_in(store.root) == sorted([f"audio/00/{name}.m4a", f"audio/00/{name}.peaks"])
    assert store.exists(name)
    assert (store.size(name), store.peaks(name)) == (5, b"peaks")


def test_names_come_from_the_system_s_randomness_unless_told_otherwise(tmp_path):
    store = Store(tmp_path)
    assert put(store) != put(store)


def test_a_name_that_is_taken_is_drawn_again(tmp_path):
    drawn = iter([b"temporary name 1", b"a" * 16, b"temporary name 2", b"a" * 16, b"b" * 16])
    store = Store(tmp_path, lambda size: next(drawn))
    first, second = put(store, b"first"), put(store, b"second")
    assert (first, second) == ((b"a" * 16).hex(), (b"b" * 16).hex())
    assert b"".join(store.open_range(first, 0, 99)) == b"first"


@posix_only
def test_only_the_owner_may_read_or_list(store):
    name = put(store)
    for path in (store.path_of(name), store.peaks_path_of(name)):
        assert path.stat().st_mode & 0o777 == 0o600
    for folder in (store.root, store.root / "audio", store.root / "tmp", store.path_of(name).parent):
        assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "name",
    [
        "",
        "..",
        "../" * 10 + "etc/passwd",
        "/etc/passwd",
        "a" * 31,
        "a" * 33,
        "A" * 32,
        "a" * 32 + "\n",
        "../" + "a" * 29,
        "٣" * 32,
        "a" * 30 + "\0a",
    ],
)
def test_anything_but_a_storage_name_is_refused_everywhere(store, name):
    for use in (store.path_of, store.exists, store.size, store.peaks, store.delete):
        with pytest.raises(ValueError, match="not a storage name"):
            use(name)
    with pytest.raises(ValueError, match="not a storage name"):
        store.open_range(name, 0, 1)


@posix_only
def test_a_link_that_leads_out_of_the_data_folder_is_refused(store, tmp_path):
    (tmp_path / "outside").mkdir()
    (store.root / "audio" / "aa").symlink_to(tmp_path / "outside")
    with pytest.raises(ValueError, match="outside the data folder"):
        store.path_of("a" * 32)


def test_only_a_file_from_the_temporary_folder_can_be_put(store, tmp_path):
    elsewhere = tmp_path / "elsewhere.m4a"
    elsewhere.write_bytes(b"sound")
    with pytest.raises(ValueError, match="temporary folder"):
        store.put(elsewhere, b"")
    assert elsewhere.exists()


def test_when_the_last_step_fails_no_recording_is_there(store, monkeypatch):
    temporary = store.temporary_path()
    temporary.write_bytes(b"sound")
    monkeypatch.setattr(
        "coder_app.audio.store._flush", lambda path: (_ for _ in ()).throw(OSError("disk full"))
    )
    with pytest.raises(OSError, match="disk full"):
        store.put(temporary, b"peaks")
    assert not [path for path in files_in(store.root) if path.endswith(".m4a") and path.startswith("audio")]


def test_what_is_put_has_left_the_temporary_folder_and_the_rest_can_be_cleared(store):
    name = put(store)
    store.temporary_path().write_bytes(b"interrupted")
    assert len(list((store.root / "tmp").iterdir())) == 1
    store.clear_temporary()
    assert list((store.root / "tmp").iterdir()) == []
    assert store.exists(name)


def test_a_deleted_recording_is_gone_with_its_peaks_and_deleting_twice_is_no_error(store):
    name, other = put(store), put(store)
    store.delete(name)
    store.delete(name)
    assert not store.exists(name)
    assert store.exists(other)
    assert [path for path in files_in(store.root) if name in path] == []
    with pytest.raises(FileNotFoundError):
        store.open_range(name, 0, 1)


@given(size=st.integers(0, 3 * CHUNK_BYTES), start=st.integers(0, 10), length=st.integers(0, 3 * CHUNK_BYTES))
def test_a_range_gives_exactly_its_bytes_in_bounded_chunks(tmp_path_factory, size, start, length):
    store = Store(tmp_path_factory.mktemp("store"))
    content = bytes(index % 251 for index in range(size))
    chunks = list(store.open_range(put(store, content), start, length))
    assert b"".join(chunks) == content[start : start + length]
    assert all(0 < len(chunk) <= CHUNK_BYTES for chunk in chunks)


def test_a_range_that_nobody_reads_to_its_end_can_be_closed(store):
    reader = store.open_range(put(store, bytes(3 * CHUNK_BYTES)), 0, 3 * CHUNK_BYTES)
    next(reader)
    reader.close()
    reader.close()
    assert list(reader) == []
