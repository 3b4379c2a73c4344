"""How the mail programs of the sample quote the message that they answer or pass on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scanner.demo.script import calendar

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Quoted:
    """What a quotation says of the message quoted: people are (name, address) pairs."""

    sender: tuple[str, str]
    to: tuple[tuple[str, str], ...]
    cc: tuple[tuple[str, str], ...]
    date: datetime
    subject: str
    text: str


_FIELDS: Final = {
    "de": ("Von", "Gesendet", "An", "Cc", "Betreff"),
    "it": ("Da", "Inviato", "A", "Cc", "Oggetto"),
    "en": ("From", "Sent", "To", "Cc", "Subject"),
    "es": ("De", "Enviado el", "Para", "CC", "Asunto"),
    "fr": ("De", "Envoyé", "À", "Cc", "Objet"),
}
_REPLY: Final = {("outlook", "de"): "AW", ("outlook", "it"): "R"}
_FORWARD: Final = {("outlook", "de"): "WG", ("outlook", "it"): "I", ("outlook", "es"): "RV"}


def reply_prefix(client: str, locale: str) -> str:
    """What the program puts before the subject of an answer."""
    return _REPLY.get((client, locale), "Re") + ": "


def forward_prefix(client: str, locale: str) -> str:
    """What the program puts before the subject of a message passed on."""
    return _FORWARD.get((client, locale), "Fwd" if client != "outlook" else "FW") + ": "


def quote(client: str, locale: str, quoted: Quoted) -> str:
    """The quotation as the program writes it under the own text."""
    if client == "outlook":
        return _header_block(locale, quoted)
    form: Callable[[str, Quoted], str] = {
        "gmail": _gmail,
        "apple": _apple,
        "thunderbird": _thunderbird,
    }[client]
    marked = "\n".join(
        (">" + ("" if row.startswith(">") else " ") + row).rstrip() for row in quoted.text.split("\n")
    )
    return f"{form(locale, quoted)}\n\n{marked}"


def _header_block(locale: str, quoted: Quoted) -> str:
    sender, sent, to, cc, subject = _FIELDS[locale]
    gap = " " if locale == "fr" else ""
    date = quoted.date
    day, month = calendar()[locale]["days"][date.weekday()], calendar()[locale]["months"][date.month - 1]
    if locale == "de":
        stamp = f"{day}, {date.day}. {month} {date:%Y %H:%M}"
    elif locale == "en":
        stamp = f"{date.day:02} {month} {date:%Y %H:%M}"
    else:
        stamp = f"{day} {date.day} {month} {date:%Y %H:%M}"
    rows = [
        f"{sender}{gap}: {_people((quoted.sender,))}",
        f"{sent}{gap}: {stamp}",
        f"{to}{gap}: {_people(quoted.to)}",
    ]
    if quoted.cc:
        rows.append(f"{cc}{gap}: {_people(quoted.cc)}")
    rows.append(f"{subject}{gap}: {quoted.subject}")
    return "\n".join(rows) + "\n\n" + quoted.text


def _people(people: tuple[tuple[str, str], ...]) -> str:
    return "; ".join(f"{name} <{address}>" if name else address for name, address in people)


def _short(locale: str, date: datetime) -> tuple[str, str]:
    dot = "." if locale == "de" else ""
    weekday = calendar()[locale]["days"][date.weekday()][: 2 if locale == "de" else 3]
    return weekday, f"{date.day}{dot} {calendar()[locale]['months'][date.month - 1][:3]}{dot} {date.year}"


def _gmail(locale: str, quoted: Quoted) -> str:
    weekday, day = _short(locale, quoted.date)
    who, clock = _people((quoted.sender,)), f"{quoted.date:%H:%M}"
    return {
        "de": f"Am {weekday}., {day} um {clock} Uhr schrieb {who}:",
        "it": f"Il giorno {weekday} {day} alle ore {clock} {who} ha scritto:",
        "en": f"On {weekday}, {day} at {clock}, {who} wrote:",
        "tr": f"{who}, {day} {weekday}, {clock} tarihinde şunu yazdı:",
    }[locale]


def _apple(locale: str, quoted: Quoted) -> str:
    day = _short(locale, quoted.date)[1]
    who, clock = _people((quoted.sender,)), f"{quoted.date:%H:%M}"
    return {
        "de": f"Am {quoted.date:%d.%m.%Y} um {clock} schrieb {who}:",
        "it": f"Il giorno {day}, alle ore {clock}, {who} ha scritto:",
        "en": f"On {day}, at {clock}, {who} wrote:",
        "fr": f"Le {day} à {clock}, {who} a écrit :",
    }[locale]


def _thunderbird(locale: str, quoted: Quoted) -> str:
    who, clock = quoted.sender[0], f"{quoted.date:%H:%M}"
    return {
        "de": f"Am {quoted.date:%d.%m.%y} um {clock} schrieb {who}:",
        "it": f"Il {quoted.date:%d/%m/%y} {clock}, {who} ha scritto:",
    }[locale]
