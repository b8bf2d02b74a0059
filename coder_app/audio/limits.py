"""What the process that decodes foreign files may use, where the platform can enforce it."""

try:
    import resource
except ImportError:  # Windows
    resource = None

MEMORY_BYTES = 1 << 30
FILE_BYTES = 512 << 20  # 6 hours at 64 kbit/s are 173 MB
OPEN_FILES = 64
SECONDS_PER_FILE = 1800


def restrict() -> None:
    """Bound memory, the size of files, open files and core dumps of this process, for good."""
    # No core dump: it would hold decoded speech.
    for name, value in (
        ("RLIMIT_AS", MEMORY_BYTES),
        ("RLIMIT_FSIZE", FILE_BYTES),
        ("RLIMIT_NOFILE", OPEN_FILES),
        ("RLIMIT_CORE", 0),
    ):
        _lower(name, value, hard=True)


def allow_another_file() -> None:
    """Bound the processor time of the next file: the limit counts from the start of the process."""
    if resource is not None:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        _lower("RLIMIT_CPU", int(usage.ru_utime + usage.ru_stime) + SECONDS_PER_FILE, hard=False)


def _lower(name: str, value: int, hard: bool) -> None:
    kind = getattr(resource, name, None)
    if kind is None:
        return
    _, ceiling = resource.getrlimit(kind)
    if ceiling != resource.RLIM_INFINITY:
        value = min(value, ceiling)
    try:
        resource.setrlimit(kind, (value, value if hard else ceiling))
    except (ValueError, OSError):
        # macOS lists RLIMIT_AS but refuses to set it; the parent's time limits hold all the same.
        return
