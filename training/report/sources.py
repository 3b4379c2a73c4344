"""Digests of what a figure depends on: the corpus, the code of some rooms, the libraries."""

from __future__ import annotations

import hashlib
import json
import platform
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import scipy
import sklearn

from training.report.work import KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).resolve().parents[2]

REPLAY = ("training.dataset", "training.report.packing")
"""What decides over the numbers of a case: these modules and all that they import from here."""

FITTING = (*REPLAY, "training.fitting")
"""What decides over the scores of a case."""

EVERYTHING = (*FITTING, "training.report.stages")
"""What decides over a figure: cheap stages are measured again after any change."""

_IMPORT = re.compile(r"^\s*(?:from|import) ((?:scanner|training)[\w.]*)(?: import ([\w, ]+))?", re.MULTILINE)


def digest(*parts: object) -> str:
    """Return a short digest of plain data."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=KEY // 2).hexdigest()


@cache
def code(modules: tuple[str, ...]) -> str:
    """Return a digest of modules, of what they import from here, of their data, and of the libraries."""
    files = _reached(modules)
    contents = [
        (file.relative_to(_ROOT).as_posix(), hashlib.sha256(file.read_bytes()).hexdigest())
        for file in sorted({*files, *_data_of(files)})
    ]
    versions = (platform.python_version(), np.__version__, scipy.__version__, sklearn.__version__)
    return digest(contents, versions)


def corpus_digest(path: Path) -> str:
    """Return the SHA-256 of a corpus: of a file's octets, of a folder's names, sizes and times."""
    found = hashlib.sha256()
    if path.is_dir():
        for file in sorted(one for one in path.rglob("*") if one.is_file()):
            state = file.stat()
            line = f"{file.relative_to(path).as_posix()}\0{state.st_size}\0{state.st_mtime_ns}\n"
            found.update(line.encode("utf-8", "surrogateescape"))
        return found.hexdigest()
    with path.open("rb") as stream:
        while part := stream.read(1 << 20):
            found.update(part)
    return found.hexdigest()


def _reached(modules: tuple[str, ...]) -> set[Path]:
    """Return the source files of modules and of everything that they import from here."""
    waiting, found = list(modules), set[Path]()
    while waiting:
        file = _file(waiting.pop())
        if file is None or file in found:
            continue
        found.add(file)
        for module, names in _IMPORT.findall(file.read_text("utf-8")):
            waiting += [module, *(f"{module}.{name.strip()}" for name in names.split(","))]
    return found


def _file(module: str) -> Path | None:
    path = _ROOT.joinpath(*module.split("."))
    places = (path.with_suffix(".py"), path / "__init__.py")
    return next((place for place in places if place.is_file()), None)


def _data_of(files: set[Path]) -> Iterator[Path]:
    """Yield the data files beside these sources that one of them mentions by name."""
    text = "\n".join(file.read_text("utf-8") for file in sorted(files))
    for folder in {file.parent / "data" for file in files}:
        if folder.is_dir():
            yield from (one for one in folder.iterdir() if one.is_file() and one.stem in text)
