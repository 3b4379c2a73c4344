"""The texts by which the recognition of misdirected mail is tested, in six languages.

They stand in tests/cases as `<kind>.<language>.toml`, and a second set, written by another hand without
sight of the first, in tests/cases/second; tests/cases/README.md says what the fields mean.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

Kind = Literal["retraction", "notice", "recall"]
Language = Literal["en", "it", "es", "tr", "de", "fr"]
CaseSet = Literal["seen", "unseen"]
Expected = Literal["party", "withdrawn", "content", "notice", "recall", "none"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
SETS: Final[tuple[CaseSet, ...]] = get_args(CaseSet)
POSITIVE: Final[dict[Kind, frozenset[Expected]]] = {
    "retraction": frozenset({"party", "withdrawn"}),
    "notice": frozenset({"notice"}),
    "recall": frozenset({"recall"}),
}
"""By kind, what is expected of a text that is evidence of mail gone to the wrong party."""
DECOY: Final[dict[Kind, frozenset[Expected]]] = {
    "retraction": frozenset({"content", "none"}),
    "notice": frozenset({"none"}),
    "recall": frozenset({"none"}),
}
"""By kind, what is expected of a text that only looks like such evidence."""
FOLDER: Final = Path(__file__).parent / "cases"
SECOND: Final = "second"
"""The folder within FOLDER that holds the second set, of those kinds that have one."""


class CaseError(ValueError):
    """A file of cases that does not keep the rules; the text names the file and the case."""


@dataclass(frozen=True, slots=True)
class Case:
    """One mail as typed, and what is to be made of it."""

    id: str
    """Unique within its kind and language."""
    kind: Kind
    language: Language
    set: CaseSet
    """`seen`: phrases may be written from it; `unseen`: it only tests them."""
    expect: Expected
    subject: str
    body: str
    """The whole text: greeting, signature, quotation and disclaimer included."""
    why: str
    """The trap that a decoy sets; may be empty for a positive case."""
    recalled: str
    """The subject that a recall notice quotes; empty for all others."""

    @property
    def positive(self) -> bool:
        """Whether the mail is evidence that a mail went to the wrong party."""
        return self.expect in POSITIVE[self.kind]


def load(kind: Kind, language: Language) -> list[Case]:
    """The cases of one kind and language, in the order of the files: the first set, then the second.

    Raises CaseError where a field is missing, unknown or holds a value outside its list.
    """
    return [case for path in files(kind, language) for case in load_file(path, kind, language)]


def files(kind: Kind, language: Language) -> list[Path]:
    """The files of one kind and language: the first, and the one of the second set where there is one."""
    name = f"{kind}.{language}.toml"
    second = FOLDER / SECOND / name
    return [FOLDER / name, second] if second.exists() else [FOLDER / name]


def load_file(path: Path, kind: Kind, language: Language) -> list[Case]:
    """The cases of one file, in its order. Raises CaseError as `load` does."""
    tables = tomllib.loads(path.read_text(encoding="utf-8")).get("case", [])
    name = path.relative_to(FOLDER).as_posix()
    return [_case(name, kind, language, table) for table in tables]


def _case(file: str, kind: Kind, language: Language, table: dict[str, object]) -> Case:
    """One table as a Case."""
    fields = dict(table)

    def text(name: str, default: str | None = None) -> str:
        value = fields.pop(name, default)
        if not isinstance(value, str):
            raise CaseError(f"{file}: case {table.get('id')}: `{name}` is missing or no text")
        return value

    where = f"{file}: case {table.get('id')}"
    expected = {known for known in POSITIVE[kind] | DECOY[kind] if known == table.get("expect")}
    sets = {known for known in SETS if known == table.get("set")}
    if not expected or not sets:
        raise CaseError(f"{where}: `expect` or `set` holds a value that this kind does not know")
    del fields["expect"], fields["set"]
    case = Case(
        id=text("id"),
        kind=kind,
        language=language,
        set=sets.pop(),
        expect=expected.pop(),
        subject=text("subject"),
        body=text("body"),
        why=text("why", ""),
        recalled=text("recalled", ""),
    )
    if fields:
        raise CaseError(f"{where}: unknown fields {sorted(fields)}")
    return case
