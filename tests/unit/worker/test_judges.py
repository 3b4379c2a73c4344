"""The model in use: taken up when it changes, refused when it is not in order."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from scanner.audit import line
from scanner.detect import model as model_module
from scanner.detect.judge import Judge
from scanner.detect.model import MANIFEST, POINTER, shipped_dir
from scanner.detect.origin import SIGNATURE, key_beside, sign
from scanner.detect.policy import PolicySettings
from scanner.detect.verdict import Action
from scanner.errors import ModelError, StoreError
from scanner.store import Mute
from scanner.worker.judges import ActiveModel, ModelJudges
from tests.people import OWNER, START, a_message

US = frozenset({OWNER})
KEY = b"k" * 32


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """The directory of one's own models, with a good one in it that is not active yet."""
    target = tmp_path / "models"
    target.mkdir(mode=0o700)
    shutil.copytree(shipped_dir(), target / "mine")
    sign(target / "mine", key_beside(target))
    return target


@pytest.fixture
def warnings() -> list[ModelError]:
    """What has been warned of."""
    return []


def point(directory: Path, name: str) -> None:
    """Make the model of this name the active one."""
    (directory / POINTER).write_text(f"{name}\n")


def test_the_shipped_model_is_used_until_there_is_another(
    directory: Path, warnings: list[ModelError]
) -> None:
    """Moving the pointer changes the stamp, and the other model is loaded."""
    active = ActiveModel(directory, warnings.append)
    shipped, before = active.model(), active.stamp()
    point(directory, "mine")

    assert shipped is not None
    assert before != active.stamp()
    assert active.model() is not shipped
    assert [] == warnings


def test_a_model_is_loaded_once(directory: Path, warnings: list[ModelError]) -> None:
    """Many mailboxes share it."""
    active = ActiveModel(directory, warnings.append)

    assert active.model() is active.model()


@pytest.mark.pitfall("scikit-learn-5777-last-good")
def test_a_model_that_is_not_in_order_leaves_the_last_good_one(
    directory: Path, warnings: list[ModelError]
) -> None:
    """A damaged file is warned of once, and scoring goes on as before."""
    active = ActiveModel(directory, warnings.append)
    good = active.model()
    (directory / "mine" / "classifier.joblib").write_bytes(b"something else")
    (directory / "mine" / "rows.npz").write_bytes(b"something else")
    point(directory, "mine")

    assert good is active.model()
    assert good is active.model()
    assert 1 == len(warnings)


def test_in_the_place_of_ones_own_broken_model_the_shipped_one_scores(
    directory: Path, warnings: list[ModelError]
) -> None:
    """It is better than rules alone; the trouble is told all the same."""
    point(directory, "none")
    active = ActiveModel(directory, warnings.append)
    model = active.model()

    assert model is not None
    assert "shipped" == model.name
    assert warnings == [active.trouble]


def test_a_model_that_nobody_here_has_trained_is_not_used(
    directory: Path, warnings: list[ModelError]
) -> None:
    """Its files fit its manifest, and somebody else has put both there: the last good one goes on."""
    active = ActiveModel(directory, warnings.append)
    good = active.model()
    manifest = directory / "mine" / MANIFEST
    manifest.write_text(manifest.read_text("utf-8").replace("\n", "\n "), "utf-8")
    point(directory, "mine")

    assert good is active.model()
    assert "does not bear the signature of this installation" in str(active.trouble)


def test_a_signature_given_later_is_taken_up(directory: Path, warnings: list[ModelError]) -> None:
    """A model from before there were signatures is used as soon as its owner has signed it."""
    (directory / "mine" / SIGNATURE).unlink()
    point(directory, "mine")
    active = ActiveModel(directory, warnings.append)
    before = active.model()
    said = str(active.trouble)
    sign(directory / "mine", key_beside(directory))

    assert "bears no signature of this installation" in said
    assert active.model() is not before
    assert active.trouble is None


def test_without_any_model_rules_score(
    tmp_path: Path, warnings: list[ModelError], monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is a verdict all the same, and it says who made it."""
    monkeypatch.setattr(model_module, "shipped_dir", lambda: tmp_path / "gone")
    directory = tmp_path / "models"
    directory.mkdir()
    point(directory, "none")
    judge = ModelJudges(US, PolicySettings(), ActiveModel(directory, warnings.append), key=KEY).make(None, ())

    assert "rules" == judge.sent(a_message(1)).model
    assert warnings


def test_trouble_with_the_model_lasts_until_one_can_be_loaded(
    directory: Path, warnings: list[ModelError]
) -> None:
    """Whoever asks is told why scoring is not as it should be, for as long as that is so."""
    active = ActiveModel(directory, warnings.append)
    point(directory, "none")
    active.model()
    assert warnings == [active.trouble]
    point(directory, "mine")
    active.model()

    assert active.trouble is None


def a_judge(state: bytes | None, *mutes: Mute) -> Judge:
    """A judge of the shipped model."""
    judges = ModelJudges(US, PolicySettings(), ActiveModel(None, lambda _: None), key=KEY)
    return judges.make(state, mutes)


def test_a_judge_goes_on_from_its_state() -> None:
    """Restored from half a history, it says the same as one that never stopped."""
    whole, half = a_judge(None), a_judge(None)
    for number in range(1, 30):
        whole.sent(a_message(number))
        half.sent(a_message(number))
        if number == 15:
            half = a_judge(half.state())

    assert line(whole.sent(a_message(30))) == line(half.sent(a_message(30)))
    assert whole.state() == half.state()


def test_a_state_of_another_version_is_told() -> None:
    """It is neither guessed at nor thrown away."""
    with pytest.raises(StoreError) as caught:
        a_judge(b"\x93\xcd\x03\xe7\x90\x90")

    assert "cannot be read by this version" in str(caught.value)
    assert caught.value.remedy


def test_what_is_muted_is_not_told() -> None:
    """The same slip that is alerted without the mute stays silent with it."""
    slip = a_message(400, to=["brunno@firm.example"], text="Dear Bruno,\nsee you on Monday.")
    loud, quiet = (a_judge(None, *mutes) for mutes in ((), (Mute("pair", "brunno@firm.example", START),)))
    for number in range(1, 300):
        for judge in (loud, quiet):
            judge.sent(
                a_message(number, text="Dear Bruno,\nsee you on Monday.", date=START + timedelta(days=number))
            )

    assert Action.ALERT == loud.sent(slip).action
    assert Action.SILENT == quiet.sent(slip).action
