"""The trained model as data: loaded only when its digest stands in its manifest."""

from __future__ import annotations

import grp
import hashlib
import io
import json
import os
import pwd
import stat
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import sklearn

from scanner.detect.calibration import Calibration
from scanner.detect.classifier import Classifier, Rows, base_rows, fit_classifier
from scanner.detect.features.candidates import LIGHT
from scanner.detect.features.extract import KIN, complete
from scanner.detect.features.table import NAMES, schema_digest
from scanner.detect.origin import Genuine, as_pinned, key_beside, signed_by
from scanner.detect.threshold import Tail
from scanner.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scanner.detect.features.extract import Extract

MANIFEST = "manifest.json"
POINTER = "active"
SHIPPED = "shipped"

_INSTEAD = "See `oopsee models list`; `oopsee models rollback` goes back to the model before."


@dataclass(frozen=True, slots=True)
class Model:
    """Ranker, classifier, calibration and the tail of clean scores, all of one schema.

    `digest` is the SHA-256 of the manifest: it names the model in verdicts. `meant` weighs what
    makes a contact the person meant (`KIN`, then `LIGHT`). `typical` is a typical clean row, from
    which explanations count.
    """

    name: str
    digest: str
    ranker: NDArray[np.float64]
    meant: NDArray[np.float64]
    classifier: Classifier
    calibration: Calibration
    tail: Tail
    typical: NDArray[np.float64]

    def rows(self, numbers: Extract) -> NDArray[np.float64]:
        """Return the classifier's rows of one message, (recipients, features)."""
        return complete(numbers, self.ranker)

    def log_odds(self, rows: NDArray[np.float64]) -> list[float]:
        """Return the calibrated log-odds of each row, at a base rate of one in a thousand."""
        return [self.calibration.log_odds(float(raw)) for raw in self.raw(rows)]

    def raw(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the classifier's uncalibrated log-odds of each row."""
        return self.classifier.decision(rows)


def shipped_dir() -> Path:
    """Return the directory of the model that the package carries, from a wheel or a checkout."""
    inside = Path(str(files("scanner"))) / "_models"
    return inside if inside.is_dir() else Path(str(files("scanner"))).parent / "models"


def model_path(local: Path | None, name: str) -> Path:
    """Return the directory of the model called `name`; `local` is the directory of one's own models."""
    if name == SHIPPED or local is None:
        return shipped_dir()
    return local / name


def active_name(local: Path | None) -> str:
    """Return the name of the model in use: what the pointer file says, else the shipped one."""
    if local is None:
        return SHIPPED
    try:
        name = (local / POINTER).read_text("utf-8").strip()
    except FileNotFoundError:
        return SHIPPED
    except OSError as error:
        raise ModelError(_unreadable(local / POINTER, error), remedy=_INSTEAD) from error
    return name or SHIPPED


def genuine(local: Path | None, name: str, key: Path | None = None) -> Genuine:
    """Return the check of where a model comes from: the shipped one is pinned, one's own are signed.

    `key` is the file with the key of this installation, by default beside `local`.
    """
    if name == SHIPPED or local is None:
        return as_pinned
    return signed_by(key or key_beside(local))


def load_active(local: Path | None, key: Path | None = None) -> Model:
    """Load the model in use; raises ModelError where it is missing, altered, unsigned, of another schema."""
    name = active_name(local)
    return load(model_path(local, name), genuine(local, name, key))


def load_shipped() -> Model:
    """Load the model that the package carries; raises ModelError."""
    return load_active(None)


def load(directory: Path, origin: Genuine) -> Model:
    """Load the model in `directory` after its origin, digests, schema and owner were checked.

    Where scikit-learn differs from the one that fitted it, the classifier is fitted again from
    the feature rows that the package carries. Raises ModelError.
    """
    _refuse_writable(directory)
    manifest_bytes = _read(directory / MANIFEST)
    origin(directory, manifest_bytes)
    try:
        manifest = json.loads(manifest_bytes)
        return _load(directory, manifest, hashlib.sha256(manifest_bytes).hexdigest())
    except (KeyError, TypeError, ValueError) as error:
        raise _senseless(directory, error) from error


def verified(directory: Path, origin: Genuine) -> dict[str, Any]:
    """Return the manifest of the model in `directory` after origin, owner, schema and files were checked.

    Nothing of the model is loaded. Raises ModelError.
    """
    _refuse_writable(directory)
    manifest_bytes = _read(directory / MANIFEST)
    origin(directory, manifest_bytes)
    try:
        manifest: dict[str, Any] = json.loads(manifest_bytes)
        _same_features(directory, manifest)
        for name in manifest["files"]:
            _checked(directory, name, manifest["files"])
    except (KeyError, TypeError, ValueError) as error:
        raise _senseless(directory, error) from error
    return manifest


def fitted_on(directory: Path, origin: Genuine) -> tuple[dict[str, Any], Rows]:
    """Return the manifest of the model in `directory` and the rows it was fitted on; raises ModelError."""
    manifest = verified(directory, origin)
    try:
        octets = _checked(directory, "rows.npz", manifest["files"])
        return manifest, base_rows(io.BytesIO(octets))
    except (KeyError, TypeError, ValueError) as error:
        raise _senseless(directory, error) from error


def _load(directory: Path, manifest: dict[str, Any], digest: str) -> Model:
    _same_features(directory, manifest)
    if len(manifest["typical"]) != len(NAMES) or len(manifest["meant"]) != len(KIN) + len(LIGHT):
        msg = "columns do not fit the schema"
        raise ValueError(msg)
    calibration = manifest["calibration"]
    tail = manifest["tail"]
    return Model(
        name=str(manifest["name"]),
        digest=digest,
        ranker=np.array(manifest["ranker"], dtype=np.float64),
        meant=np.array(manifest["meant"], dtype=np.float64),
        classifier=_classifier(directory, manifest),
        calibration=Calibration(
            tuple(calibration["raw"]), tuple(calibration["odds"]), calibration["below"], calibration["above"]
        ),
        tail=Tail(tuple(tail["scores"]), tuple(tail["shares"]), tuple(tail["levels"]), tuple(tail["prior"])),
        typical=np.array([np.nan if value is None else value for value in manifest["typical"]]),
    )


def _same_features(directory: Path, manifest: dict[str, Any]) -> None:
    if manifest["schema"] != schema_digest() or len(manifest["ranker"]) != len(LIGHT):
        what = f"The model in {directory} was made for other features than this version computes."
        raise ModelError(what, remedy="Run `oopsee train` again, or `oopsee models rollback`.")


def _senseless(directory: Path, error: Exception) -> ModelError:
    what = f"The model in {directory} cannot be understood ({type(error).__name__}: {error})."
    return ModelError(what, remedy="Run `oopsee models rollback`, or reinstall Oopsee.")


def _classifier(directory: Path, manifest: dict[str, Any]) -> Classifier:
    names: dict[str, str] = manifest["files"]
    if manifest["scikit-learn"] != sklearn.__version__:
        return _refitted(directory, names["rows.npz"])
    octets = _checked(directory, "classifier.joblib", names)
    classifier: Classifier = joblib.load(io.BytesIO(octets))
    return classifier


@cache
def _refitted(directory: Path, digest: str) -> Classifier:
    return fit_classifier(base_rows(io.BytesIO(_checked(directory, "rows.npz", {"rows.npz": digest}))))


def _checked(directory: Path, name: str, digests: dict[str, str]) -> bytes:
    octets = _read(directory / name)
    if hashlib.sha256(octets).hexdigest() != digests[name]:
        what = f"{directory / name} is not the file that its manifest describes; it was not loaded."
        raise ModelError(what, remedy="Run `oopsee models rollback`, or reinstall Oopsee.")
    return octets


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(_unreadable(path, error), remedy=_INSTEAD) from error


def _unreadable(path: Path, error: OSError) -> str:
    return f"The model file {path} cannot be read ({error.strerror})."


def _is_private(group: int) -> bool:
    """Return whether a group is the user's own, as Debian makes one per user: nobody else is in it."""
    try:
        entry, user = grp.getgrgid(group), pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return entry.gr_name == user.pw_name and set(entry.gr_mem) <= {user.pw_name}


def _refuse_writable(directory: Path) -> None:
    for path in (directory, directory / MANIFEST):
        try:
            found = path.stat()
        except OSError as error:
            raise ModelError(_unreadable(path, error), remedy=_INSTEAD) from error
        foreign = found.st_uid not in {0, os.geteuid()}
        open_to = stat.S_IWOTH if _is_private(found.st_gid) else stat.S_IWGRP | stat.S_IWOTH
        if foreign or (found.st_mode & open_to and not found.st_mode & stat.S_ISVTX):
            what = f"Others than you can write to {path}: a model file is code, so it was not loaded."
            raise ModelError(
                what, remedy=f"Run: chown $USER '{path}'" if foreign else f"Run: chmod go-w '{path}'"
            )
