"""The work folder of the benchmark, what its keys depend on, and its progress."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from scanner.detect.features.extract import Extract
from scanner.errors import UsageError
from tests.letters import OWNERS, mailbox
from training.corpora import Mailbox
from training.dataset import Case, replay
from training.report import sources
from training.report.packing import pack, pack_scores, unpack, unpack_scores
from training.report.progress import Progress
from training.report.work import KEY, Work

ONE, OTHER = "1" * KEY, "2" * KEY


@pytest.fixture
def work(tmp_path: Path) -> Work:
    """A folder that is not there yet."""
    return Work(tmp_path / "work" / "corpus")


def test_what_is_kept_is_found_under_its_name_and_key_alone(work: Work) -> None:
    """Plain data keeps its order, arrays their types."""
    assert None is work.load("a", ONE)
    work.save("a", ONE, {"z": [1.5, None], "b": "text"})
    work.save_arrays("a", ONE, {"x": np.arange(3, dtype=np.int8), "y": np.zeros((2, 0))})
    assert [("z", [1.5, None]), ("b", "text")] == list((work.load("a", ONE) or {}).items())
    arrays = work.load_arrays("a", ONE) or {}
    assert ("int8", (2, 0)) == (arrays["x"].dtype.name, arrays["y"].shape)
    assert None is work.load("a", OTHER)
    assert None is work.load_arrays("b", ONE)


def test_what_is_out_of_date_is_removed(work: Work) -> None:
    """A name has one key at a time; other names stay."""
    work.save("a", ONE, {})
    work.save("a-b", ONE, {})
    work.save("a", OTHER, {})
    assert {f"a-{OTHER}.json", f"a-b-{ONE}.json"} == {path.name for path in work.folder.iterdir()}


@pytest.mark.parametrize("kept", [0, 1, 40, 200])
def test_half_a_file_is_none(work: Work, kept: int) -> None:
    """However much of it there is."""
    work.save("a", ONE, {"values": list(range(100))})
    work.save_arrays("a", ONE, {"x": np.arange(1000)})
    for path in work.folder.iterdir():
        path.write_bytes(path.read_bytes()[:kept])
    assert None is work.load("a", ONE)
    assert None is work.load_arrays("a", ONE)


def test_a_damaged_array_is_none(work: Work) -> None:
    """One octet in the middle is enough."""
    work.save_arrays("a", ONE, {"x": np.random.default_rng(1).normal(size=1000)})
    (path,) = work.folder.iterdir()
    octets = bytearray(path.read_bytes())
    octets[len(octets) // 2] ^= 0xFF
    path.write_bytes(octets)
    assert None is work.load_arrays("a", ONE)


def test_what_could_run_is_not_read(work: Work) -> None:
    """Objects are neither written nor read."""
    with pytest.raises(ValueError, match="allow_pickle"):
        work.save_arrays("a", ONE, {"x": np.array([{}], dtype=object)})
    assert [] == list(work.folder.iterdir())
    file = io.BytesIO()
    np.savez(file, x=np.array([{}], dtype=object))
    (work.folder / f"a-{ONE}.npz").write_bytes(file.getvalue())
    assert None is work.load_arrays("a", ONE)


def test_one_at_a_time_works_in_a_folder_and_tidies_up(work: Work) -> None:
    """What a killed run left half done is removed by the next."""
    with work.lock():
        (work.folder / ".new-left").write_bytes(b"half")
        with pytest.raises(UsageError, match="Another benchmark"), work.lock():
            pass
    with work.lock():
        assert not (work.folder / ".new-left").exists()


def test_cases_are_the_same_after_they_were_kept(work: Work) -> None:
    """Every number of every case, exactly; the owner is told anew."""
    cases = replay(Mailbox("anna", OWNERS, mailbox(90)), baselines=True)
    work.save_arrays("a", ONE, pack(cases))
    again = unpack(work.load_arrays("a", ONE) or {}, "owner 1")
    assert len(cases) == len(again)
    for case, other in zip(cases, again, strict=True):
        assert "owner 1" == other.owner
        for part in fields(Case):
            if part.name not in {"owner", "numbers", "wrong", "published"}:
                assert getattr(case, part.name) == getattr(other, part.name)
        assert case.numbers.outsiders == other.numbers.outsiders
        for name in (part.name for part in fields(Extract) if part.name != "outsiders"):
            one, two = getattr(case.numbers, name), getattr(other.numbers, name)
            assert one.dtype == two.dtype
            np.testing.assert_array_equal(one, two)
        np.testing.assert_array_equal(case.wrong, other.wrong)
        np.testing.assert_array_equal(case.published, other.published)


def test_no_cases_and_scores_of_no_recipients_can_be_kept_too() -> None:
    """An owner without cases is no error."""
    assert [] == unpack(pack([]), "owner 1")
    scores = [np.array([1.0, 2.0]), np.empty(0), np.array([3.0])]
    assert [[1.0, 2.0], [], [3.0]] == [one.tolist() for one in unpack_scores(pack_scores(scores))]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Three modules and data in the place of the real ones: a imports b, c stands alone."""
    folder = tmp_path / "training"
    (folder / "data").mkdir(parents=True)
    (folder / "a.py").write_text("from training import b\n", "utf-8")
    (folder / "b.py").write_text("if True:\n    from training.a import x\nread('words.toml')\n", "utf-8")
    (folder / "c.py").write_text("", "utf-8")
    (folder / "data" / "words.toml").write_text("", "utf-8")
    (folder / "data" / "other.toml").write_text("", "utf-8")
    monkeypatch.setattr(sources, "_ROOT", tmp_path)
    sources.code.cache_clear()
    yield folder
    sources.code.cache_clear()


@pytest.mark.parametrize(
    ("changed", "differs"),
    [("a.py", True), ("b.py", True), ("data/words.toml", True), ("c.py", False), ("data/other.toml", False)],
)
def test_a_key_depends_on_the_code_that_is_used(tree: Path, changed: str, differs: bool) -> None:
    """On what is imported from here, near or far, and the data that it names; on nothing else."""
    before = sources.code(("training.a",))
    path = tree / changed
    path.write_text(path.read_text("utf-8") + "# changed\n", "utf-8")
    sources.code.cache_clear()
    assert differs is (before != sources.code(("training.a",)))


def test_a_corpus_is_known_by_what_it_holds(tmp_path: Path) -> None:
    """A file by its octets, a folder by its files."""
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"mail")
    other.write_bytes(b"mail")
    assert sources.corpus_digest(one) == sources.corpus_digest(other)
    before = sources.corpus_digest(tmp_path)
    other.write_bytes(b"mails")
    assert sources.corpus_digest(one) != sources.corpus_digest(other)
    assert before != sources.corpus_digest(tmp_path)


def test_progress_tells_the_time_and_what_is_left() -> None:
    """Four steps of thirty seconds: after the first, a minute and a half."""
    times = iter([0.0, 0.0, 0.0, 30.0, 30.0, 120.0, 120.0])
    stream = io.StringIO()
    progress = Progress(clock=lambda: next(times), stream=stream)
    with progress.stage("replay", 4) as step:
        step()
    assert [
        "[0:00] replay ...",
        "[0:30] replay: 1 of 4, about 1:30 left",
        "[2:00] replay: done in 2:00",
    ] == stream.getvalue().splitlines()
    assert {"replay": 120.0} == progress.took
