"""`make fuzz`: looks for octets that break the parser, led by which lines of it they reach (atheris).

    python -m tests.fuzz [--seconds 300] [--folder DIR]
    python -m tests.fuzz .fuzz/found/crash-...       tries one input again, and says what is wrong

Starts from the letters of the tests, and from what earlier runs found worth keeping (.fuzz/corpus). Ends
with 1, and keeps the input, at the first exception, hang or use of memory out of proportion.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import traceback
from pathlib import Path

from tests.fuzz.seeds import DICTIONARY, collected, seeds

HOME = Path(".fuzz")
LONGEST = 16_384
HANG = 20
"""Seconds after which an input is ended that ends by nothing else; the bound is on processor time."""

MEGABYTES = 1024
"""What the whole process may take; what one message may take is measured on some of them."""


def main() -> int:
    """Fuzz, or try one input again."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("input", nargs="*", type=Path, help="inputs to try again, instead of fuzzing")
    options.add_argument("--seconds", type=int, default=300)
    options.add_argument(
        "--folder", type=Path, help="further mail to start from: every file below this folder"
    )
    asked = options.parse_args()
    if asked.input:
        return max(_again(path) for path in asked.input)
    return _fuzz(asked.seconds, asked.folder)


def _again(path: Path) -> int:
    """Try one input again."""
    from tests.fuzz.exercise import Trouble, exercise, timed, weighed

    raw = path.read_bytes()
    try:
        took = timed(exercise, raw)
        peak = weighed(raw)
    except (Exception, Trouble):  # noqa: BLE001 - whatever it is, it is shown
        traceback.print_exc()
        print(f"{path}: it is not read as it must be; see above.", file=sys.stderr)
        return 1
    print(f"{path}: read, in {1000 * took:.0f} ms and {peak:,} octets of memory.")
    return 0


def _fuzz(seconds: int, folder: Path | None) -> int:
    corpus, first, found = HOME / "corpus", HOME / "seeds", HOME / "found"
    for place in (corpus, first, found):
        place.mkdir(parents=True, exist_ok=True)
    for raw in (*seeds().values(), *(collected(folder).values() if folder else ())):
        (first / hashlib.sha256(raw).hexdigest()[:20]).write_bytes(raw[:LONGEST])
    before = set(found.iterdir())
    code = subprocess.run(
        [
            sys.executable, "-m", "tests.fuzz.target", f"-max_total_time={seconds}", f"-timeout={HANG}",
            f"-rss_limit_mb={MEGABYTES}", f"-max_len={LONGEST}", f"-dict={DICTIONARY}", "-len_control=0",
            f"-artifact_prefix={found}/", "-print_final_stats=1", "-verbosity=1", str(corpus), str(first),
        ],
        check=False,
    ).returncode  # fmt: skip
    kept = sorted(set(found.iterdir()) - before)
    if code:
        where = ", ".join(map(str, kept)) or "(nothing was kept: the fuzzer itself did not run)"
        print(
            f"\nThe parser broke on an input, or the fuzzer did. Kept: {where}"
            "\nTry it again with: python -m tests.fuzz FILE",
            file=sys.stderr,
        )
        return 1
    print(f"\nNothing broke in {seconds} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
