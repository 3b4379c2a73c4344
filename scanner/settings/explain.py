"""What is wrong with a configuration, as plain sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from scanner.settings.schema import Settings


def explain(error: ValidationError, table: Mapping[str, Any]) -> str:
    """One sentence per problem, in the order of the file. No value that could be a secret is repeated."""
    problems = error.errors(include_url=False)
    # A mailbox that cannot be used leaves none over: that would be said as well.
    own = [one for one in problems if not (one["loc"] == ("mailbox",) and table.get("mailbox"))]
    return " ".join(_sentence(problem, table) for problem in own or problems)


def unknown(dotted: str) -> str:
    """That `dotted` is no setting, with the nearest that is one."""
    if dotted.rpartition(".")[2] in {"password", "passwd", "pass", "pw"}:
        return (
            f"'{dotted}' is not a setting, because a password does not stand in the configuration: "
            "use password_command, password_file, password_env, password_keyring or password_credential."
        )
    known = known_keys()
    longer = [key for key in known if key.startswith(dotted)]
    nearest, _, _ = process.extractOne(
        dotted, longer or known, scorer=DamerauLevenshtein.normalized_similarity
    )
    return f"'{dotted}' is not a setting. The nearest one is '{nearest}'."


def known_keys() -> tuple[str, ...]:
    """Every key of the configuration as a dotted path, lists without their numbers."""
    return tuple(_keys(Settings, ""))


def _keys(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield prefix + name
        for inner in _models(field.annotation):
            yield from _keys(inner, f"{prefix}{name}.")


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _sentence(problem: Mapping[str, Any], table: Mapping[str, Any]) -> str:
    dotted, where = _place(problem["loc"], table)
    kind = problem["type"]
    if kind == "extra_forbidden":
        return f"{unknown(dotted)}{where}"
    if dotted == "mailbox" and kind in {"missing", "too_short"}:
        return "There is no [[mailbox]] in it."
    if kind == "missing":
        return f"'{dotted}' is missing.{where}"
    reason = _PLAIN.get(kind) or re.sub(r"^(Value error, |Input )", "", str(problem["msg"])).rstrip(".")
    given = problem.get("input")
    shown = f" (it is {given!r})" if isinstance(given, int | float) or _harmless(given, dotted) else ""
    if isinstance(given, Mapping):  # about a whole table: the reason names its keys
        return f"{reason}.{where}"
    subject = f"'{dotted}': " if dotted else ""
    return f"{subject}{reason}{shown}.{where}"


_PLAIN = {
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "string_type": "must be a text in double quotes",
    "string_too_short": "must not be empty",
    "tuple_type": "must be a list in square brackets",
    "list_type": "must be a list in square brackets",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "path_type": "must be a path in double quotes",
}
"""What a kind of problem is to somebody who does not program; others keep the library's words."""


def _harmless(given: object, dotted: str) -> bool:
    return isinstance(given, str) and 0 < len(given) <= 80 and "password" not in dotted


def _place(loc: tuple[int | str, ...], table: Mapping[str, Any]) -> tuple[str, str]:
    """The dotted key without numbers, and in which mailbox it stands where there are several."""
    dotted = ".".join(str(part) for part in loc if isinstance(part, str))
    mailboxes = table.get("mailbox")
    if len(loc) > 1 and loc[0] == "mailbox" and isinstance(loc[1], int):
        name = ""
        if isinstance(mailboxes, list) and loc[1] < len(mailboxes) and isinstance(mailboxes[loc[1]], Mapping):
            name = str(mailboxes[loc[1]].get("name", ""))
        return dotted, f" (In the mailbox {name!r}.)" if name else f" (In mailbox number {loc[1] + 1}.)"
    return dotted, ""
