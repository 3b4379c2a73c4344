"""The benchmark as a command, on a tiny made-up corpus."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from scanner.detect import classifier
from scanner.detect.model import load
from tests.rows import FEW
from tests.unit.training.tiny_corpus import OWNERS, write_corpus
from training.benchmark import main
from training.corpora import Mailbox
from training.dataset import replay
from training.report import bench, recall
from training.report.stages import NAMES, STAGES
from training.report.work import Work

TREES = {**FEW, "max_iter": 15, "learning_rate": 0.2, "min_samples_leaf": 5}
PLOTS = {"recall.svg", "calibration.svg", "families.svg", "strata.svg", "cold-start.svg"}


class Place:
    """A corpus, a work folder, and what runs of the benchmark put out."""

    def __init__(self, folder: Path) -> None:
        self.corpus = write_corpus(folder / "corpus.jsonl")
        self.work = folder / "work"
        self.output = folder / "output"

    def run(self, *more: str, output: Path | None = None, work: Path | None = None) -> int:
        """Run the command with few trees, in one process."""
        places = ("--output", str(output or self.output), "--work", str(work or self.work))
        return main([str(self.corpus), "--jobs", "1", *places, *more], trees=TREES)

    def kept(self, name: str) -> Path:
        """The one file of the work folder whose name begins so."""
        return next(self.work.glob(f"*/{name}-*"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A place where the whole benchmark has run once, with few draws for its intervals."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recall, "DRAWS", 30)
        found = Place(tmp_path_factory.mktemp("benchmark"))
        assert 0 == found.run()
        yield found


@pytest.fixture
def replayed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The owners' mailboxes that are replayed from now on."""
    names: list[str] = []

    def noted(box: Mailbox, **options: object) -> object:
        names.append(box.name)
        return replay(box, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(bench, "replay", noted)
    return names


def files(folder: Path) -> dict[str, bytes]:
    """The files of a folder and what they hold."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_one_run_gives_every_figure_table_and_plot(place: Place) -> None:
    """Each stage has its figures in the JSON and its heading among the tables."""
    found = files(place.output)
    assert {"results.json", "tables.md"} | PLOTS == set(found)
    results = json.loads(found["results.json"])
    assert {"corpus", *NAMES} == set(results)
    assert (len(OWNERS), 0) == (results["corpus"]["owners"], results["corpus"]["seed"])
    tables = found["tables.md"].decode()
    for stage in STAGES:
        assert f"\n## {stage.title}\n" in tables
    for rates in results["recall"]["table"].values():
        for value, low, high in rates.values():
            assert 0.0 <= low <= high <= 1.0
            assert 0.0 <= value <= 1.0
    assert 9 == len(results["baselines"])


def test_who_the_owners_are_is_not_told(place: Place) -> None:
    """Neither in what is put out nor in the work folder, which holds numbers for its owner's eyes only."""
    kept = [path for path in place.work.rglob("*") if path.is_file()]
    for path in (*place.output.iterdir(), *kept):
        text = path.read_bytes()
        assert not any(name.split()[1].lower().encode() in text.lower() for name in OWNERS)
    for path in kept:
        assert 0o600 == stat.S_IMODE(path.stat().st_mode)
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                assert all(arrays[name].dtype.kind in "biufU" for name in arrays.files)
    for folder in (place.work, *place.work.iterdir()):
        assert 0o700 == stat.S_IMODE(folder.stat().st_mode)


def test_a_second_run_replays_nothing_and_gives_the_same_bytes(
    place: Place, tmp_path: Path, replayed: list[str]
) -> None:
    """Everything is taken from the work folder."""
    assert 0 == place.run(output=tmp_path)
    assert files(place.output) == files(tmp_path)
    assert [] == replayed


def test_a_run_from_nothing_gives_the_same_bytes(place: Place, tmp_path: Path) -> None:
    """The seed decides, not what was there."""
    chosen = ("--only", "recall,baselines,calibration,policy")
    assert 0 == place.run(*chosen, output=tmp_path / "one", work=tmp_path / "work")
    assert 0 == place.run(*chosen, output=tmp_path / "other")
    assert files(tmp_path / "other") == files(tmp_path / "one")


def test_an_interrupted_run_goes_on_where_it_stopped(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owners who were replayed before stay so."""
    names: list[str] = []

    def stops(box: Mailbox, **options: object) -> object:
        if len(names) == 2:
            raise KeyboardInterrupt
        names.append(box.name)
        return replay(box, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(bench, "replay", stops)
    assert 130 == place.run("--only", "recall", output=tmp_path / "out", work=tmp_path / "work")
    assert 2 == len(names)
    before = list(names)
    names.clear()
    assert 0 == place.run("--only", "recall", output=tmp_path / "out", work=tmp_path / "work")
    assert 1 == len(names)
    assert not set(before) & set(names)


@pytest.mark.parametrize("name", ["replay-0001", "scores", "stage-recall"])
def test_a_file_that_was_cut_short_is_made_again(
    place: Place, tmp_path: Path, name: str, replayed: list[str]
) -> None:
    """And nothing else is: half a file is never taken for a whole one."""
    path = place.kept(name)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    if name != "stage-recall":
        place.kept("stage-recall").unlink()
    assert 0 == place.run("--only", "recall", output=tmp_path)
    again = json.loads((tmp_path / "results.json").read_text("utf-8"))
    first = json.loads((place.output / "results.json").read_text("utf-8"))
    assert first["recall"] == again["recall"]
    assert whole == path.read_bytes()
    assert (1 if name == "replay-0001" else 0) == len(replayed)


def test_another_seed_makes_other_mistakes(place: Place, tmp_path: Path, replayed: list[str]) -> None:
    """Nothing of the first seed is used again."""
    assert 0 == place.run("--only", "recall", "--seed", "1", output=tmp_path / "one", work=tmp_path / "work")
    replayed.clear()
    assert 0 == place.run("--only", "recall", "--seed", "2", output=tmp_path, work=tmp_path / "work")
    assert len(OWNERS) == len(replayed)
    first = json.loads((tmp_path / "one" / "results.json").read_text("utf-8"))
    other = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert 2 == other["corpus"]["seed"]
    assert first["recall"] != other["recall"]


def test_a_model_is_published_with_its_figures(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It loads, and its card shows the main tables."""
    for name, value in TREES.items():
        monkeypatch.setitem(classifier.SETTINGS, name, value)
    assert 0 == place.run("--only", "recall,policy", "--publish", str(tmp_path / "m"), output=tmp_path / "o")
    load(tmp_path / "m", lambda *_: None)
    manifest = json.loads((tmp_path / "m" / "manifest.json").read_text("utf-8"))
    assert "strata 1-7" in manifest["figures"]["recall"]
    card = (tmp_path / "m" / "MODEL_CARD.md").read_text("utf-8")
    assert "| strata 1-7 |" in card
    assert "## The alert budget" in card


def test_a_chosen_stage_is_the_only_one(place: Place, tmp_path: Path) -> None:
    """And one that is left out is not there."""
    assert 0 == place.run("--only", "recall,policy", "--skip", "policy", output=tmp_path)
    assert {"corpus", "recall"} == set(json.loads((tmp_path / "results.json").read_text("utf-8")))


def test_what_cannot_be_done_is_said_in_a_sentence(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No corpus, a corpus of one mailbox, a stage that there is not."""
    assert 2 == main([str(tmp_path / "none.jsonl")])
    assert "There is no corpus" in capsys.readouterr().err
    (tmp_path / "few.jsonl").write_text("", "utf-8")
    assert 2 == main([str(tmp_path / "few.jsonl"), "--work", str(tmp_path / "w")])
    assert "Traceback" not in capsys.readouterr().err
    with pytest.raises(SystemExit):
        place.run("--only", "nonsense")
    assert "there is no stage 'nonsense'; there are: recall," in capsys.readouterr().err


def test_two_runs_do_not_share_a_work_folder(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """The second is told to wait."""
    folder = place.kept("stage-sdm").parent
    with Work(folder).lock():
        assert 2 == place.run("--only", "recall")
    assert "Another benchmark is at work" in capsys.readouterr().err
