"""``scripts/train_types``: draws papers, trains, judges, writes the model and the texts behind it."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pipeline.classify import corpus, learned, training
from pipeline.classify.corpus import Example, Paper
from pipeline.classify.learned import Facts, Learned
from pipeline.settings import Settings, bundled_folder, load
from samples import FORMS
from training import drawn

_MOST_KILOBYTES = 700
"""What the model and its texts may add to the program."""


def main() -> int:
    """Run the command."""
    words = argparse.ArgumentParser(prog="scripts/train_types", description=__doc__)
    words.add_argument("--out", type=Path, default=bundled_folder(), help="folder for model and texts")
    words.add_argument("--texts", type=Path, help="a folder with index.csv (file, type): texts to judge by as well")
    words.add_argument("--dry-run", action="store_true", help="write nothing")
    told = words.parse_args()
    settings = load(bundled_folder())
    papers = drawn.papers(settings.types)
    learnt = training.examples(
        [paper for paper in papers if not paper.held], settings.types, settings.vocabulary, seed="base"
    )
    now = datetime.now(UTC).isoformat(timespec="seconds")
    model = training.train(learnt, Facts(trained_at=now))
    out = Console()
    drawn_kinds = len({paper.type for paper in papers})
    out.print(f"{len(settings.types)} types, {drawn_kinds} of them drawn ({len(FORMS)} forms), {len(learnt)} copies")
    out.print(f"cross-validated: accuracy {model.facts.accuracy:.1%}, log-loss {model.facts.loss:.3f}")
    out.print(_by_type(model, papers, settings))
    for name, figures in _judged(model, papers, settings, told.texts).items():
        out.print(f"{name}: {figures.count} papers, accuracy {figures.accuracy:.1%}, log-loss {figures.loss:.3f}")
    if not told.dry_run:
        corpus.save(papers, told.out / corpus.BUNDLED)
        model.save(told.out / learned.BUNDLED)
    return _size(told.out, out)


def _size(folder: Path, out: Console) -> int:
    sizes = [
        path.stat().st_size / 1024 for name in (learned.BUNDLED, corpus.BUNDLED) if (path := folder / name).exists()
    ]
    out.print(f"files: {' + '.join(f'{size:.0f}' for size in sizes)} KiB")
    return 1 if sum(sizes) > _MOST_KILOBYTES else 0


def _judged(
    model: Learned, papers: Sequence[Paper], settings: Settings, texts: Path | None
) -> dict[str, training.Figures]:
    held = [paper for paper in papers if paper.held]
    copies = training.examples(held, settings.types, settings.vocabulary, seed="held", invent=0)
    found = {
        "held back, as printed": training.judge(model, _plain(held)),
        "held back, worn": training.judge(model, copies),
        "held back, title lost": training.judge(model, _untitled(held, settings)),
    }
    if texts is not None:
        foreign = _texts(texts)
        found["texts"] = training.judge(model, _plain(foreign))
        found["texts, title lost"] = training.judge(model, _untitled(foreign, settings))
    return found


def _by_type(model: Learned, papers: Sequence[Paper], settings: Settings) -> Table:
    """Held-back papers of every drawn type: recognised as printed, and without their title."""
    held = [paper for paper in papers if paper.held]
    plain, lost = training.judge(model, _plain(held)), training.judge(model, _untitled(held, settings))
    table = Table("type", "held back", "as printed", "title lost")
    for key, total in sorted(plain.of.items()):
        table.add_row(key, str(total), str(plain.right.get(key, 0)), str(lost.right.get(key, 0)))
    return table


def _plain(papers: Sequence[Paper]) -> list[Example]:
    return [Example(paper.text, paper.type, paper.group) for paper in papers]


def _untitled(papers: Sequence[Paper], settings: Settings) -> list[Example]:
    known = {kind.key: kind for kind in settings.types}
    return [
        Example("\n".join(corpus.untitled(paper.text.splitlines(), known[paper.type])), paper.type, paper.group)
        for paper in papers
    ]


def _texts(folder: Path) -> list[Paper]:
    with (folder / "index.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [Paper((folder / row["file"]).read_text(encoding="utf-8"), row["type"], row["file"]) for row in rows]
