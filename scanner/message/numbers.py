"""Account, card and personal numbers in running text, held against their check digits (python-stdnum)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Protocol

Check = Callable[[str], bool]


class Near(Protocol):
    """Whether a word of a list stands beside a place in the text."""

    def __call__(self, key: str, start: int, end: int) -> bool:
        """`key` names the list, `start` and `end` the place."""


_IBAN: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}")
_CARD: Final = re.compile(r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])")
_GROUPED: Final = re.compile(r"\d{4}([ -])\d{4}\1\d{4}\1\d{4}|\d{4}([ -])\d{6}\2\d{5}")
_ISSUER: Final = re.compile(r"4|5[1-5]|2[2-7]|3[47]|6(?:011|4|5)")
_CODICE: Final = re.compile(r"[a-z]{6}\d{2}[a-ehlmprst]\d{2}[a-z]\d{3}[a-z]", re.IGNORECASE)
_SEPARATORS: Final = re.compile(r"[ .\-/]")


_RUN: Final = re.compile(r"\d(?:[ .\-/]?\d){5,}")
_PLACES: Final = 60
_AROUND: Final = 80


def places(text: str) -> list[str]:
    """Return the pieces of a text that may hold such a number: long runs of digits and what stands around."""
    pieces: list[list[int]] = []
    for match in _RUN.finditer(text):
        start, end = max(0, match.start() - _AROUND), match.end() + _AROUND
        if pieces and start <= pieces[-1][1]:
            pieces[-1][1] = end
        elif len(pieces) == _PLACES:
            break
        else:
            pieces.append([start, end])
    return [text[start:end] for start, end in pieces]


def codice_fiscale(word: str) -> bool:
    """Whether a word is an Italian tax code: its shape and check letter leave no doubt."""
    if len(word) != 16 or not _CODICE.fullmatch(word):
        return False
    from stdnum.it import codicefiscale  # noqa: PLC0415 - loaded where a text has what may be one

    return codicefiscale.is_valid(word)


def iban(text: str) -> bool:
    """Whether there is an IBAN (ISO 13616) whose length and check digits fit its country."""
    from stdnum import iban as checked  # noqa: PLC0415 - loaded where a text has what may be one

    for match in _IBAN.finditer(text):
        written = re.sub(r"[ -]", "", match[0]).upper()
        # Words may follow without a mark between; only one length fits the country.
        for length in range(len(written), 14, -1):
            if checked.is_valid(written[:length], check_country=False):
                return True
    return False


def card(text: str, near: Near) -> bool:
    """Whether there is a payment card number: an issuer's prefix, the Luhn digit, and grouping or a word."""
    for match in _CARD.finditer(text):
        digits = _SEPARATORS.sub("", match[0])
        if not _ISSUER.match(digits) or not _luhn(digits):
            continue
        if _GROUPED.fullmatch(match[0]) or near("card", *match.span()):
            return True
    return False


def national(text: str, near: Near) -> bool:
    """Whether there is a national, tax or social number of one of the countries of the six languages."""
    for pattern, check, key in _NATIONAL:
        for match in pattern.finditer(text):
            if (not key or near(key, *match.span())) and check(_SEPARATORS.sub("", match[0]).upper()):
                return True
    return False


def _luhn(digits: str) -> bool:
    from stdnum import luhn  # noqa: PLC0415 - as above

    return luhn.is_valid(digits)


def _dni(number: str) -> bool:
    from stdnum.es import dni, nie  # noqa: PLC0415 - as above

    return dni.is_valid(number) or nie.is_valid(number)


def _tc_kimlik(number: str) -> bool:
    from stdnum.tr import tckimlik  # noqa: PLC0415 - as above

    return tckimlik.is_valid(number)


def _steuer_id(number: str) -> bool:
    from stdnum.de import idnr  # noqa: PLC0415 - as above

    return idnr.is_valid(number)


def _nir(number: str) -> bool:
    from stdnum.fr import nir  # noqa: PLC0415 - as above

    return nir.is_valid(number)


def _fiscal(number: str) -> bool:
    from stdnum.fr import nif  # noqa: PLC0415 - as above

    return nif.is_valid(number)


def _nhs_or_utr(number: str) -> bool:
    from stdnum.gb import nhs, utr  # noqa: PLC0415 - as above

    return nhs.is_valid(number) or utr.is_valid(number)


def _ssn(number: str) -> bool:
    from stdnum.us import itin, ssn  # noqa: PLC0415 - as above

    return ssn.is_valid(number) or itin.is_valid(number)


def _shape(number: str) -> bool:
    """The British National Insurance number has no check digit: its shape must do."""
    return number[:2] not in {"BG", "GB", "NK", "KN", "TN", "NT", "ZZ"}


def _written(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){pattern}(?![\w-])", re.IGNORECASE)


_NATIONAL: Final[tuple[tuple[re.Pattern[str], Check, str], ...]] = (
    # Shape and check digits say enough.
    (_written(r"[12][ ]?\d{2}[ ]?(?:0[1-9]|1[0-2])[ ]?\d[0-9AB][ ]?\d{3}[ ]?\d{3}[ ]?\d{2}"), _nir, ""),
    # A word beside them must say what they are.
    (_written(r"(?:\d{8}|[XYZ]-?\d{7})-?[A-Z]"), _dni, "es_id"),
    (_written(r"[1-9]\d{10}"), _tc_kimlik, "tr_id"),
    (_written(r"[1-9]\d(?:[ ]?\d{3}){3}"), _steuer_id, "de_id"),
    (_written(r"[0-3]\d(?:[ ]?\d{2}){2}(?:[ ]?\d{3}){2}[ ]?\d?"), _fiscal, "fr_id"),
    (_written(r"\d{3}[ -]?\d{3}[ -]?\d{4}"), _nhs_or_utr, "gb_id"),
    (_written(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ ]?(?:\d{2}[ ]?){3}[A-D]"), _shape, "gb_id"),
    (_written(r"\d{3}-?\d{2}-?\d{4}"), _ssn, "us_id"),
)
"""What a number looks like, its check, and the list of words of which one must stand beside it."""
