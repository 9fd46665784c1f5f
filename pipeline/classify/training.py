"""Training the type model, and judging a new one against the one in use.

scikit-learn is loaded only when something is trained: it takes a second and 130 MB.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from pipeline.classify.corpus import Example, Paper, body_of, made_up, worn
from pipeline.classify.features import Counts, count, weigh
from pipeline.classify.learned import Facts, Learned
from pipeline.dossier import Text
from pipeline.settings import DocumentType, Vocabulary

_FEATURES = 3000
"""Features kept, the ones that tell types apart best: more of them learn the accidents of the drawn papers."""
_GROUPS = 3
"""Papers that a feature has to be in: a name that stands on one paper only is none of the model's business."""
_STRENGTH = 50.0
"""Inverse of the regularisation."""
_FOLDS = 3
_MADE_UP, _COPIES = 70, 2
"""Papers made up for a type, and worn copies of a real one."""
_LEAST_PROBABILITY = 1e-6
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Figures:
    """How a model did on papers that it was not trained on."""

    count: int
    accuracy: float
    """Share (0..1) of papers whose likeliest type is right."""
    loss: float
    """Mean negative natural logarithm of the probability given to the right type."""
    right: dict[str, int] = field(default_factory=dict)
    """Papers recognised, by type."""
    of: dict[str, int] = field(default_factory=dict)
    """Papers there were, by type."""
    losses: tuple[float, ...] = field(default=(), repr=False)
    """Loss on every paper."""


def examples(
    papers: Sequence[Paper], types: Sequence[DocumentType], words: Vocabulary, *, seed: str, invent: int = _MADE_UP
) -> list[Example]:
    """Worn copies of ``papers`` and ``invent`` made-up papers of every type; the same for the same ``seed``.

    Papers of types that are not configured are left out.
    """
    known = {kind.key: kind for kind in types}
    own = [paper for paper in papers if paper.type in known]
    bodies: dict[bool, list[str]] = defaultdict(list)
    for paper in own:
        bodies[known[paper.type].act].append(body_of(paper.text, known[paper.type]))
    made = []
    for paper in own:
        kind = known[paper.type]
        others = bodies[True] if kind.act else ()
        for copy in range(_COPIES):
            text = worn(paper.text, kind, others, random.Random(f"{seed}/{paper.group}/{copy}"))  # noqa: S311
            made.append(Example(text, kind.key, paper.group))
    for kind in types:
        for copy in range(invent):
            lot = random.Random(f"{seed}/{kind.key}/{copy}")  # noqa: S311 - chance that can be repeated
            text = worn(made_up(kind, words, bodies[kind.act], lot), kind, (), lot)
            made.append(Example(text, kind.key, f"made up/{kind.key}/{copy}"))
    return made


def train(learnt: Sequence[Example], facts: Facts) -> Learned:
    """A model of the types in ``learnt`` (three or more), with its cross-validated figures in ``facts``."""
    counts = [count(example.text) for example in learnt]
    types = np.array([example.type for example in learnt])
    groups = np.array([example.group for example in learnt])
    sharpness, accuracy, loss = _calibrated(counts, types, groups)
    model = _fitted(counts, types, groups)
    known = replace(facts, papers=len(set(groups)), accuracy=round(accuracy, 4), loss=round(loss, 4))
    return replace(model, sharpness=sharpness, facts=known)


def judge(model: Learned, held: Sequence[Example]) -> Figures:
    """How ``model`` does on ``held``; a type that it does not know gets no probability."""
    right: Counter[str] = Counter()
    losses = []
    for example in held:
        chances = dict(zip(model.types, model.probabilities(count(example.text)), strict=True))
        right[example.type] += max(chances, key=lambda key: chances[key]) == example.type
        losses.append(-np.log(max(chances.get(example.type, 0.0), _LEAST_PROBABILITY)))
    of = Counter(example.type for example in held)
    total = len(held) or 1
    found = tuple(map(float, losses))
    return Figures(len(held), sum(right.values()) / total, sum(found) / total, dict(right), dict(of), found)


def worse(old: Figures, new: Figures, spare: int = 0, share: float = 0.0, slack: float = 0.0) -> list[Text]:
    """Where ``new`` is worse than ``old`` on the same papers; empty when it may take its place.

    It may recognise ``spare`` papers less of any type, that many or the ``share`` of all papers less in all, and its
    loss may grow by the share ``slack`` or by one standard error of the mean difference: less than that is luck.
    """
    found = []
    lost = sum(old.right.values()) - sum(new.right.values())
    if lost > max(spare, share * old.count):
        found.append(
            Text(
                f"tỷ lệ đúng giảm từ {old.accuracy:.1%} còn {new.accuracy:.1%}",
                f"accuracy falls from {old.accuracy:.1%} to {new.accuracy:.1%}",
            )
        )
    if new.loss - old.loss > max(_luck(old, new), slack * old.loss) + _ROUNDING:
        found.append(
            Text(
                f"độ mất mát tăng từ {old.loss:.3f} lên {new.loss:.3f}",
                f"log-loss grows from {old.loss:.3f} to {new.loss:.3f}",
            )
        )
    for key in sorted(old.of):
        if new.right.get(key, 0) < old.right.get(key, 0) - spare:
            before, after = f"{old.right[key]}/{old.of[key]}", f"{new.right.get(key, 0)}/{old.of[key]}"
            found.append(Text(f"loại {key}: đúng {before} còn {after}", f"type {key}: right {before}, now {after}"))
    return found


def _luck(old: Figures, new: Figures) -> float:
    """Standard error of the mean difference of the losses on the same papers."""
    if len(old.losses) < 2 or len(old.losses) != len(new.losses):
        return 0.0
    return float(np.std(np.subtract(new.losses, old.losses), ddof=1) / np.sqrt(len(new.losses)))


def _fitted(counts: Sequence[Counts], types: NDArray[np.str_], groups: NDArray[np.str_]) -> Learned:
    from scipy import sparse  # noqa: PLC0415 - heavy, and needed for training alone
    from sklearn.feature_selection import chi2  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    vocabulary, rarity = _vocabulary(counts, groups)
    foreign = float(np.percentile(rarity, 90))

    def matrix(words: NDArray[np.uint32], rare: NDArray[np.float32]) -> sparse.csr_matrix:
        found = [weigh(each, words, rare, foreign) for each in counts]
        ends = np.cumsum([0, *(len(places) for places, _ in found)])
        values = np.concatenate([weights for _, weights in found])
        return sparse.csr_matrix((values, np.concatenate([at for at, _ in found]), ends), (len(found), len(words)))

    telling = chi2(matrix(vocabulary, rarity), types)[0]
    kept = np.sort(np.argsort(-telling, kind="stable")[:_FEATURES])
    vocabulary, rarity = vocabulary[kept], rarity[kept]
    # No intercept: of a text without a known word no type may be likelier than another.
    fit = LogisticRegression(C=_STRENGTH, class_weight="balanced", max_iter=300, fit_intercept=False)
    fit.fit(matrix(vocabulary, rarity), types)
    full = np.asarray(fit.coef_.T, np.float32)
    scale = np.maximum(np.abs(full).max(axis=0), 1e-9).astype(np.float32) / 127
    return Learned(
        types=tuple(map(str, fit.classes_)),
        vocabulary=vocabulary,
        rarity=rarity,
        weights=np.rint(full / scale).astype(np.int8),
        scale=scale,
        foreign=foreign,
        sharpness=1.0,
    )


def _vocabulary(counts: Sequence[Counts], groups: NDArray[np.str_]) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
    """Features that several papers have, sorted, and how rare each is among the copies (log of inverse frequency)."""
    copies: Counter[int] = Counter()
    papers: dict[int, set[str]] = defaultdict(set)
    for blocks, group in zip(counts, groups, strict=True):
        for block in blocks:
            copies.update(block.keys())
            for feature in block:
                papers[feature].add(group)
    kept = np.array(sorted(feature for feature in copies if len(papers[feature]) >= _GROUPS), np.uint32)
    often = np.array([copies[int(feature)] for feature in kept], np.float64)
    return kept, (np.log((1 + len(counts)) / (1 + often)) + 1).astype(np.float32)


def _calibrated(
    counts: Sequence[Counts], types: NDArray[np.str_], groups: NDArray[np.str_]
) -> tuple[float, float, float]:
    """Sharpness that fits held-out copies best, and accuracy and loss on them with it."""
    from sklearn.model_selection import StratifiedGroupKFold  # noqa: PLC0415

    scores, at = [], []
    folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=0)
    for learnt, held in folds.split(types, types, groups):
        model = _fitted([counts[i] for i in learnt], types[learnt], groups[learnt])
        place = {key: n for n, key in enumerate(model.types)}
        known = [i for i in held if types[i] in place]
        scores += [model.scores(counts[i]) for i in known]
        at += [place[types[i]] for i in known]
    values, wanted = np.array(scores), np.array(at)
    losses = {sharp: _loss(values * sharp, wanted) for sharp in np.geomspace(0.2, 5, 65)}
    best = min(losses, key=lambda sharp: losses[sharp])
    return float(best), float((values.argmax(axis=1) == wanted).mean()), losses[best]


def _loss(values: NDArray[np.float64], wanted: NDArray[np.int64]) -> float:
    shifted = values - values.max(axis=1, keepdims=True)
    chosen = shifted[np.arange(len(wanted)), wanted]
    return float((np.log(np.exp(shifted).sum(axis=1)) - chosen).mean())
