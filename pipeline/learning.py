"""Learning on site: from documents that officers confirmed to a better type model, never to a worse one.

A new model is trained from the papers that come with the program, papers made up from the configuration (so a type that
the administrator added is known at once) and confirmed documents. It is kept and used only if it is nowhere worse than
the one in use, on confirmed documents that no model was ever trained on and on drawn papers held back likewise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from pipeline.classify import corpus, training
from pipeline.classify.corpus import Example, Paper
from pipeline.classify.features import text_of
from pipeline.classify.learned import Facts, Learned, current
from pipeline.classify.proposals import Typed
from pipeline.classify.training import Figures
from pipeline.corrections import person_confirmed
from pipeline.dossier import Text
from pipeline.settings import Settings
from pipeline.storage import Repository


@dataclass(frozen=True, slots=True)
class Rules:
    """When there is enough to learn from, and what may not get worse."""

    least: int = 40
    """Confirmed documents: with fewer, some ten would judge, and one of them would be a tenth of the figures."""
    least_of_type: int = 4
    """Confirmed documents of a type: with fewer there may be none to learn from or none to judge by."""
    held: int = 4
    """Of so many documents one is held back to judge; which one follows its id and never changes."""
    spare: int = 1
    """Worn copies of drawn papers that a type may lose, of some eight: the wear makes some of them a matter of luck. Of
    confirmed documents no type may lose any."""
    share: float = 0.005
    """Share of the worn copies of drawn papers that may be lost in all, for the same reason."""
    slack: float = 0.1
    """Share by which the log-loss on drawn papers may grow; on confirmed documents it may not, but for luck."""
    most: int = 4000
    """Confirmed documents read at most: more take hours and change a linear model little. Ids are hashes, so the first
    ones are a fair sample."""
    most_looked_at: int = 100_000
    """Manifests looked at for them."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What came of learning. ``site`` and ``drawn`` hold the figures of the old and of the new model."""

    documents: int
    """Confirmed documents of configured types, also those of types with too few of them."""
    held: int
    by_type: dict[str, int] = field(default_factory=dict)
    model: Learned | None = None
    site: tuple[Figures, Figures] | None = None
    drawn: tuple[Figures, Figures] | None = None
    against: tuple[Text, ...] = ()
    """Why the new model is not used; empty: it is better."""

    def shape(self) -> dict[str, Any]:
        """For JSON, and kept with the version."""
        names = ("old", "new")
        judged = {"site": self.site, "drawn": self.drawn}
        return {
            "documents": self.documents,
            "held": self.held,
            "by_type": self.by_type,
            **{where: dict(zip(names, map(_figures, both), strict=True)) for where, both in judged.items() if both},
        }


def confirmed(repository: Repository, settings: Settings, rules: Rules, report: Callable[[int], None]) -> list[Paper]:
    """Documents that a person confirmed, as papers to learn from; ``report`` is told how many were looked at.

    Raises:
        StoreDown, StoreDenied, StoreFailed, IntegrityError: as the store does.
    """
    return list(islice(_confirmed(repository, settings, rules, report), rules.most))


def _confirmed(
    repository: Repository, settings: Settings, rules: Rules, report: Callable[[int], None]
) -> Iterator[Paper]:
    for number, manifest in enumerate(islice(repository.manifests(), rules.most_looked_at), 1):
        report(number)
        if person_confirmed(manifest) is None or settings.type(manifest.type) is None:
            continue
        text = text_of(repository.readings(manifest))
        if text:
            yield Paper(text, manifest.type, manifest.id, _is_held(manifest.id, rules.held))


def typed(repository: Repository, rules: Rules, report: Callable[[int], None]) -> Iterator[Typed]:
    """Documents of which a person changed a field, with what was read and what is valid.

    Raises:
        StoreDown, StoreDenied, StoreFailed, IntegrityError: as the store does.
    """
    for number, manifest in enumerate(islice(repository.manifests(), rules.most_looked_at), 1):
        report(number)
        fields = {entry.key: (entry.read, entry.value) for entry in manifest.fields}
        changed = any(read != final for read, final in fields.values())
        if changed and person_confirmed(manifest) is not None:
            owner = manifest.owner or manifest.dossier.code or manifest.id
            yield Typed(manifest.type, owner, repository.readings(manifest), fields)


def _is_held(id: str, one_in: int) -> bool:
    return int.from_bytes(sha256(id.encode()).digest()[:4], "big") % one_in == 0


def learn(papers: Sequence[Paper], settings: Settings, bundled: Path, at: str, rules: Rules) -> Lesson:
    """Train on confirmed documents and judge what comes of it; nothing is kept or used by this.

    Args:
        papers: confirmed documents.
        settings: types and vocabulary; the model in use is that of its data folder.
        bundled: folder with the model and the drawn papers that come with the program.
        at: time, ISO 8601.
        rules: how much is needed.

    Raises:
        ConfigError: the files that come with the program are damaged.
    """
    often = Counter(paper.type for paper in papers)
    usable = [paper for paper in papers if often[paper.type] >= rules.least_of_type]
    learnt, held = [p for p in usable if not p.held], [p for p in usable if p.held]
    lesson = Lesson(len(papers), len(held), dict(sorted(often.items())))
    if len(usable) < rules.least or not held:
        return replace(lesson, against=(_too_few(len(usable), rules.least),))
    drawn = corpus.load(bundled / corpus.BUNDLED)
    # The drawn papers are worn as they were for the bundled model: only what was confirmed makes the difference.
    base = [paper for paper in drawn if not paper.held]
    examples = [
        *training.examples(base, settings.types, settings.vocabulary, seed="base"),
        *training.examples(learnt, settings.types, settings.vocabulary, seed="site", invent=0),
    ]
    new = training.train(examples, Facts(trained_at=at, confirmed=len(learnt)))
    old = current(settings.site.data, bundled)
    on_site = [Example(paper.text, paper.type, paper.group) for paper in held]
    on_drawn = training.examples(
        [paper for paper in drawn if paper.held], settings.types, settings.vocabulary, seed="held", invent=0
    )
    site, base_figures = _both(old, new, on_site), _both(old, new, on_drawn)
    return replace(lesson, model=new, site=site, drawn=base_figures, against=_against(site, base_figures, rules))


def _both(old: Learned | None, new: Learned, held: Sequence[Example]) -> tuple[Figures, Figures]:
    nothing = Figures(len(held), 0.0, float("inf"))
    return training.judge(old, held) if old else nothing, training.judge(new, held)


def _against(site: tuple[Figures, Figures], drawn: tuple[Figures, Figures], rules: Rules) -> tuple[Text, ...]:
    """Why the new model may not take the old one's place."""
    on_site = training.worse(*site)
    on_drawn = training.worse(*drawn, rules.spare, rules.share, rules.slack)
    found = [_on(Text("giấy đã xác nhận", "confirmed documents"), what) for what in on_site]
    found += [_on(Text("giấy mẫu", "drawn papers"), what) for what in on_drawn]
    old, new = site
    if not found and new.accuracy <= old.accuracy and new.loss >= old.loss:
        found.append(Text("không tốt hơn mô hình đang dùng", "no better than the model in use"))
    return tuple(found)


def _on(where: Text, what: Text) -> Text:
    return Text(f"{where.vi}: {what.vi}", f"{where.en}: {what.en}")


def _too_few(count: int, least: int) -> Text:
    return Text(
        f"mới có {count} giấy đã được người xác nhận thuộc các loại đủ giấy để học, cần ít nhất {least}",
        f"only {count} documents of types with enough of them were confirmed by a person, {least} are needed",
    )


def _figures(figures: Figures) -> dict[str, Any]:
    loss = round(figures.loss, 4) if figures.loss != float("inf") else None
    return {
        "count": figures.count,
        "accuracy": round(figures.accuracy, 4),
        "loss": loss,
        "by_type": {key: [figures.right.get(key, 0), total] for key, total in sorted(figures.of.items())},
    }
