"""One test, run in a copy of the tree: as it is, and with a remedy taken away."""

from __future__ import annotations

import ast
import compileall
import contextlib
import os
import py_compile
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.pitfalls.table import ROOT, Edit, Pitfall, undone

PARTS = ("scanner", "training", "tests", "models")
FILES = ("pyproject.toml", "config.example.toml")
OVERTIME = 30
"""Seconds in which pytest must end a test that has run out of time."""

_NOT_A_VERDICT = ("SyntaxError", "IndentationError", "ImportError", "ModuleNotFoundError", "NameError")
"""A test that fails by one of these says that the edit is no program, and nothing about the remedy."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run of one test came to: `verdict` is passed, failed or broken; `why` is its first words."""

    verdict: str
    why: str
    seconds: float


@contextmanager
def copied() -> Iterator[Path]:
    """A copy of the tree, compiled; what is written to it goes with it."""
    # /tmp and a short name: Dovecot's sockets want short paths.
    with tempfile.TemporaryDirectory(prefix="pit", dir="/tmp") as temporary:
        base = Path(temporary) / "base"
        base.mkdir()
        for name in PARTS:
            shutil.copytree(ROOT / name, base / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in FILES:
            shutil.copy2(ROOT / name, base / name)
        # By their digests: an edit within the same second and of the same length is noticed.
        compileall.compile_dir(
            base / "scanner", quiet=2, invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH
        )
        yield base


@contextmanager
def without(base: Path, edits: Sequence[Edit]) -> Iterator[Path]:
    """The tree with the remedy taken away; only the edited files are others than those of `base`."""
    with tempfile.TemporaryDirectory(prefix="out", dir=base.parent, ignore_cleanup_errors=True) as temporary:
        tree = Path(temporary) / "tree"
        shutil.copytree(base, tree, copy_function=os.link)
        for file in dict.fromkeys(edit.file for edit in edits):
            source = undone(
                (base / file).read_text(encoding="utf-8"), tuple(one for one in edits if one.file == file)
            )
            if file.endswith(".py"):
                ast.parse(source)
            (tree / file).unlink()  # the link, so that the file of `base` stays
            (tree / file).write_text(source, encoding="utf-8")
        yield tree


def run(tree: Path, pitfall: Pitfall, *, full: bool) -> Outcome:
    """Run the test of a row in this tree, in a process of its own."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pit", dir="/tmp") as temporary:
        report = Path(temporary) / "report.xml"
        command = [
            *(sys.executable, "-m", "pytest", "--quiet", "-p", "pytest_timeout", "-p", "no:cacheprovider"),
            *("--timeout", str(pitfall.within), "--junitxml", str(report), "--basetemp", f"{temporary}/t"),
            pitfall.test,
        ]
        environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "OMP_NUM_THREADS": "1"}
        environment |= dict(pitfall.full) if full else {}
        environment.pop("PYTEST_ADDOPTS", None)
        with subprocess.Popen(
            command,
            cwd=tree,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process:
            try:
                said, _ = process.communicate(timeout=pitfall.within + OVERTIME)
            except subprocess.TimeoutExpired:
                said = b"pytest did not end"
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)  # and all that the test left behind
        seconds = time.monotonic() - begun
        if not report.exists():
            return Outcome("broken", said.decode("utf-8", "replace")[-400:], seconds)
        return _read(ET.parse(report).getroot(), seconds)  # noqa: S314  pytest has just written it


def _read(report: ET.Element, seconds: float) -> Outcome:
    cases = list(report.iter("testcase"))
    failures = [one.get("message", "") for one in report.iter("failure")]
    errors = [one.get("message", "") for one in report.iter("error")]
    odd = [why for why in failures if why.startswith(_NOT_A_VERDICT)]
    if not cases or errors or odd or any(True for _ in report.iter("skipped")):
        return Outcome("broken", " ".join((errors + odd + ["no test was run"])[0].split())[:400], seconds)
    if failures:
        return Outcome("failed", " ".join(failures[0].split())[:200], seconds)
    return Outcome("passed", "", seconds)
