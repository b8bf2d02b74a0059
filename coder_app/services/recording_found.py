"""What a folder of recordings holds: the recordings that can be tried, and every problem."""

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from coder_app.domain.problems import Problem, has_errors

if TYPE_CHECKING:
    from pathlib import Path

    from coder_app.tables.manifest import ManifestRow


@dataclass(frozen=True)
class SourceFile:
    """One file of the folder, its row in the manifest, and what its header already gave reason to warn of."""

    row: "ManifestRow"
    path: "Path"
    warnings: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Wanted:
    """One recording to be imported: of one treatment session, from one file or from parts in their order."""

    files: tuple[SourceFile, ...]

    @property
    def row(self) -> "ManifestRow":
        """The row of its first file; parts agree in dyad, session, date and use."""
        return self.files[0].row

    @property
    def warnings(self) -> frozenset[str]:
        """What the headers of its files gave reason to warn of."""
        return frozenset().union(*(file.warnings for file in self.files))


@dataclass
class Found:
    """The recordings of a folder that can be tried, and every problem."""

    wanted: list[Wanted] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    manifest: str = ""

    @property
    def has_errors(self) -> bool:
        """Whether anything keeps the folder out."""
        return has_errors(self.problems)

    @property
    def files(self) -> list[SourceFile]:
        """The files of all recordings."""
        return [file for wanted in self.wanted for file in wanted.files]

    def add(self, file: SourceFile, message: str, severity: str = "error") -> None:
        """Note a problem of one file at its place in the manifest; the same problem is noted once."""
        problem = Problem(self.manifest, file.row.row, "file", file.row.file, message, severity)
        if problem not in self.problems:
            self.problems.append(problem)

    def sort(self) -> None:
        """Put errors before warnings, and each by row."""
        self.problems.sort(key=lambda problem: (problem.severity != "error", problem.row or 0))

    def as_note(self, *, from_import: bool = False) -> dict[str, Any]:
        """Return what the page shows, to be kept with the staged files."""
        return {
            "counts": self.counts,
            "problems": [asdict(problem) for problem in self.problems],
            "from_import": from_import,
        }
