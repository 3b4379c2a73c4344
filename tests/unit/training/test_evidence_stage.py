"""The stage of the benchmark that counts what later mail shows, and measures what it teaches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.rows import FEW
from tests.unit.training.tiny_corpus import write_corpus
from training.benchmark import main
from training.report import recall

TREES = {**FEW, "max_iter": 10, "learning_rate": 0.2, "min_samples_leaf": 5}
SORRY = "Sorry, wrong person. Please delete my previous mail."


def taken_back(corpus: Path, *, every: int) -> int:
    """Let each so many-th mail of the corpus be followed by one that takes it back; returns how many are."""
    lines = corpus.read_text("utf-8").splitlines()
    mails = [json.loads(line) for line in lines]
    sorry = [
        {
            **mail,
            "message_id": f"<sorry-{number}@firm.example>",
            "date": mail["date"].replace(":00+", ":30+"),
            "cc": [],
            "in_reply_to": mail["message_id"],
            "body": f"{SORRY}\n",
        }
        for number, mail in enumerate(mails)
        if number % every == every - 1
    ]
    corpus.write_text("".join(f"{json.dumps(mail)}\n" for mail in (*mails, *sorry)), "utf-8")
    return len(sorry)


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The figures of the stage on three mailboxes in which every seventh mail is taken back."""
    folder = tmp_path_factory.mktemp("evidence")
    corpus = write_corpus(folder / "corpus.jsonl")
    count = taken_back(corpus, every=7)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recall, "DRAWS", 20)
        places = ("--output", str(folder / "output"), "--work", str(folder / "work"))
        assert 0 == main([str(corpus), "--jobs", "1", "--only", "evidence", *places], trees=TREES)
    results = json.loads((folder / "output" / "results.json").read_text("utf-8"))
    found: dict[str, Any] = results["evidence"]["figures"]
    return {**found, "count": count, "tables": (folder / "output" / "tables.md").read_text("utf-8")}


def test_each_sign_is_counted(figures: dict[str, Any]) -> None:
    """In all three mailboxes, and nothing but what was put there; the first mails have no features."""
    (row,) = figures["signs"]

    assert ("retraction", figures["count"], 3) == (row["worth"], row["measured"], row["measured_boxes"])
    assert 0.7 * figures["count"] < figures["learnt"]["clear"] <= figures["count"]


def test_every_way_of_learning_is_compared_with_the_base(figures: dict[str, Any]) -> None:
    """The base has its recall, every other way its difference; a thousand false notices among them."""
    recalls = figures["recall"]

    assert 6 == len(recalls)
    assert 0.0 < recalls["base rows"]["10"][0] <= 1.0
    assert all(-1.0 <= values["10"][0] <= 1.0 for values in recalls.values())
    assert any("1,000 false notices" in name for name in recalls)


def test_what_is_left_out_of_the_clean_rows_and_taught_makes_a_difference(figures: dict[str, Any]) -> None:
    """The signs of two owners reach the model that scores the third."""
    recalls = figures["recall"]
    curves = [[values[rate] for rate in ("5", "10")] for name, values in recalls.items() if "these" in name]
    labels = [values["10"] for name, values in recalls.items() if "their labels" in name]

    assert curves
    assert labels
    assert [[0.0, 0.0, 0.0]] != labels


def test_what_was_known_before_the_first_sign_is_told(figures: dict[str, Any]) -> None:
    """Of the corrected messages that were scored: how many would have been told, and of how many alerts."""
    kinds = {row["first sign"]: row for row in figures["before"]}

    assert {"retraction", "all"} == set(kinds)
    assert kinds["all"]["messages"] == kinds["retraction"]["messages"] > 0
    assert kinds["all"]["5"][0] <= kinds["all"]["50"][0] <= kinds["all"]["messages"]


def test_the_tables_name_nobody(figures: dict[str, Any]) -> None:
    """Counts and shares alone: no address, no name, no word of the mail."""
    tables = figures["tables"].lower()

    assert "retraction" in tables
    for word in ("ada", "kern", "@firm", "sorry", "<"):
        assert word not in tables.replace("<br", "")
