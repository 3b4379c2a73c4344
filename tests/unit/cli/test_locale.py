"""The language of the environment, for an owner of whom nothing is known yet."""

from __future__ import annotations

import pytest

from scanner.cli.wiring import locale_language


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "de_AT.UTF-8"}, "de"),
        ({"LANG": "de_AT.UTF-8", "LC_MESSAGES": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "de_AT.UTF-8", "LC_MESSAGES": "fr_FR.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "", "LC_ALL": "tr"}, "tr"),
        ({"LANG": "nl_NL.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_the_first_variable_that_is_set_counts(environment: dict[str, str], language: str) -> None:
    """In the order of POSIX; what is none of the six is English."""
    assert language == locale_language(environment)
