"""The table of pitfalls is whole, and what is quick of it is tried: the test fails without the remedy.

`make pitfalls` tries all of it.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

import pytest

from tests.pitfalls.table import ROOT, SECTIONS, Pitfall, load, undone
from tests.pitfalls.trial import copied, run, without

ROWS = load()
QUICK = [one for one in ROWS if one.quick]

KNOWN = {
    "the connection": """
        imapclient-349 imapclient-449 stalwart-3299 paynani-37 parsedmarc-211 parsedmarc-163 parsedmarc-33
        imapsync-61 paperless-ngx-11341 offlineimap-536 ews-docs-100 mailkit-1126 home-assistant-20642
    """,
    "the folder": """
        emailengine-295 hmailserver-534 paperless-ngx-8944 paperless-ngx-10080 davmail-269 omamail-60
        nextcloud-mail-11772 gmail-folder-size uid-star dovecot-examine
    """,
    "the work": """
        parsedmarc-155 parsedmarc-219 parsedmarc-242 parsedmarc-533 parsedmarc-38 parsedmarc-587
        django-mailbox-210 imapclient-243 imap-tools-49 paperless-ngx-9436 apscheduler-292 apscheduler-423
        wayland-547 zammad-731 scikit-learn-5777 hardware-mailserver-110 rspamd-iscan-32
    """,
    "libraries and standards": """
        imapclient-normalise-times imapclient-timeout imapclient-special-folder pydantic-settings-nested
        dovecot-cleartext rfc-3834-sent rfc-3834-heeded rfc-3464 outlook-recall
    """,
    "bad input": """
        bad-dates bad-recipients bad-header-size bad-nesting bad-groups bad-nul bad-newlines bad-no-from
        bad-bare-lf bad-bom bad-encoded-words bad-winmail bad-encrypted bad-calendar bad-rfc822
    """,
}
"""What is known to have broken others; the table may hold more."""


def test_every_known_pitfall_has_its_row() -> None:
    """Under its name and in its section; no name comes twice."""
    named = {section: {one.name for one in ROWS if one.section == section} for section in SECTIONS}

    assert len(ROWS) == len({one.name for one in ROWS})
    assert list(SECTIONS) == [section for section, _ in groupby(one.section for one in ROWS)]
    for section, names in KNOWN.items():
        assert not set(names.split()) - named[section]


@pytest.mark.parametrize("row", ROWS, ids=[one.name for one in ROWS])
def test_each_row_is_about_what_stands(row: Pitfall) -> None:
    """Its test exists and bears its name; the text of each edit stands once, and it is a program after it."""
    tests = [
        node
        for node in ast.parse(row.file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name == row.function
    ]
    assert 1 == len(tests)
    assert row.name in _borne(tests[0])
    assert row.edits
    for file in {edit.file for edit in row.edits}:
        text = (ROOT / file).read_text(encoding="utf-8")
        source = undone(text, tuple(edit for edit in row.edits if edit.file == file))
        assert source != text
        if file.endswith(".py"):
            ast.parse(source)


def test_every_name_that_a_test_bears_is_that_of_a_row() -> None:
    """So that a row that is renamed or taken out is missed."""
    borne = {
        (path, name)
        for path in (ROOT / "tests").rglob("test_*.py")
        if "pytest.mark.pitfall(" in path.read_text(encoding="utf-8")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
        for name in _borne(node)
    }

    assert {(one.file, one.name) for one in ROWS} == borne


def _borne(test: ast.FunctionDef) -> list[object]:
    """The names in the marks of a test."""
    return [
        name.value
        for mark in test.decorator_list
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.pitfall"
        for name in mark.args
        if isinstance(name, ast.Constant)
    ]


@pytest.fixture(scope="module")
def trials() -> Iterator[dict[str, str]]:
    """What the tests of the quick rows came to without their remedies, all of them tried at once."""

    def verdict(row: Pitfall) -> str:
        try:
            with without(base, row.edits) as tree:
                return run(tree, row, full=False).verdict
        except ValueError as error:
            return str(error)

    with copied() as base, ThreadPoolExecutor(os.cpu_count()) as pool:
        yield dict(zip((one.name for one in QUICK), pool.map(verdict, QUICK), strict=True))


@pytest.mark.parametrize("name", [one.name for one in QUICK])
def test_without_its_remedy_the_test_of_a_pitfall_fails(trials: dict[str, str], name: str) -> None:
    """By what it asserts; with the remedy it is one of the ordinary tests."""
    assert "failed" == trials[name]
