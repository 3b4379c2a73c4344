"""`make soak`: half an hour of mail and faults for one daemon; nothing may get lost or grow."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.soak.soak import WARM_UP, Soak, soak

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- soak: begin -->", "<!-- soak: end -->"
PAST = 6000
"""More than the latest 4,000 messages, of which the history knows the words."""

FULL = 30.0
"""Minutes from which on a run is worth a place in the documentation."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where something was lost or doubled, or grew."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=FULL)
    parser.add_argument("--past", type=int, default=PAST, help="messages that lie in Sent before")
    parser.add_argument("--seed", type=int, default=1, help="of the mail and the faults")
    parser.add_argument("--log", type=Path, help="keep what the daemon said in this file")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="soak", dir="/tmp") as temporary:
        directory = Path(temporary)
        try:
            result = soak(directory, asked.minutes, seed=asked.seed, past=asked.past)
        finally:
            if asked.log is not None and (directory / "log").exists():
                asked.log.write_bytes((directory / "log").read_bytes())
    text = table(result)
    print(text, end="")
    for trouble in result.troubles:
        print(f"FAIL: {trouble}")
    if asked.minutes >= FULL and not result.troubles:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        PAGE.write_text(f"{before}{BEGIN}\n{text}{END}{after}", encoding="utf-8")
    return 1 if result.troubles else 0


def table(of: Soak) -> str:
    """What came of it, in Markdown."""
    grown = "too short a run to say"
    if of.slope is not None:
        grown = f"{of.slope.mean:+.1f} KiB a minute (95 %: {of.slope.low:+.1f} to {of.slope.high:+.1f})"
    count = of.count
    sent = f"{count.messages - of.past} / {count.scored - of.past}"
    rows = (
        ("minutes", f"{of.minutes:.1f}"),
        ("faults", f"{of.faults} of {of.kinds} kinds"),
        ("messages that were there before", f"{of.past}"),
        ("messages received", f"{of.received}"),
        (
            "messages sent: filed / scored / set aside / lost / doubled",
            f"{sent} / {count.aside} / {count.lost} / {count.doubled}",
        ),
        (
            "alerts: expected / lost / doubled",
            f"{count.alerts} / {count.alerts_lost} / {count.alerts_doubled}",
        ),
        (f"resident memory after {WARM_UP:.0%} of the time", f"{of.before.kib / 1024:.1f} MiB"),
        ("resident memory at the end", f"{of.after.kib / 1024:.1f} MiB"),
        ("growth in between", grown),
        ("descriptors then / at the end", f"{of.before.descriptors} / {of.after.descriptors}"),
        ("threads then / at the end", f"{of.before.threads} / {of.after.threads}"),
    )
    lines = (("", "figure"), ("---", "---:"), *rows)
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    sys.exit(main())
