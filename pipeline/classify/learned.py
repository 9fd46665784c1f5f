"""The learned type model: which type a text sounds like, where titles are lost, misread or never seen.

A linear model over folded words (see :mod:`pipeline.classify.features`), trained by
:mod:`pipeline.classify.training` from drawn papers and from documents that officers confirmed. It is evidence beside
titles, numbers and labels, never the only word. The file is a NumPy archive of plain numbers with a JSON header; there
is nothing in it that could be run, and applying it needs NumPy alone.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.classify.features import VERSION, Counts, count, weigh
from pipeline.errors import ConfigError, SohoaError

FORMAT = "sohoa-types/1"
BUNDLED = "types.npz"
"""File name of the model that comes with the program, beside the configuration."""
POINTER = "current.json"
"""File in the cache that names the model in use: ``{"version", "sha256", "file"}``."""
_LEAST_CHANCE = 0.01
_MOST_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Facts:
    """How a model came about. Times ISO 8601; accuracy (0..1) and loss are those of the cross-validation."""

    trained_at: str = ""
    papers: int = 0
    """Papers behind it: those of the generator, those made up from the configuration, confirmed documents."""
    confirmed: int = 0
    """Confirmed documents among them."""
    accuracy: float = 0.0
    loss: float = 0.0
    features: int = VERSION


@dataclass(frozen=True, eq=False)
class Learned:
    """A model ready to be used; see the module. ``weights`` are ``int8`` by feature and type, ``scale`` their unit."""

    types: tuple[str, ...]
    vocabulary: NDArray[np.uint32]
    rarity: NDArray[np.float32]
    weights: NDArray[np.int8]
    scale: NDArray[np.float32]
    foreign: float
    """Rarity of features that are not in the vocabulary."""
    sharpness: float
    """Factor that makes the probabilities of held-out papers true to how often they are right."""
    facts: Facts = field(default=Facts())

    def chances(self, text: str) -> dict[str, float]:
        """Probability (0..1) by type key, the likeliest first; those below 1 % are left out.

        ``text`` are printed rows, one a line (:func:`pipeline.classify.features.text_of`). Of a text like none seen,
        or of an empty one, no type is likely: the greatest value is small and nothing may be concluded from it.
        """
        values = self.probabilities(count(text))
        ranked = np.argsort(-values, kind="stable")
        return {self.types[at]: float(values[at]) for at in ranked if values[at] >= _LEAST_CHANCE}

    def probabilities(self, counts: Counts) -> NDArray[np.float64]:
        """Probability of every type, in the order of ``types``."""
        values = self.scores(counts) * self.sharpness
        powers = np.exp(values - values.max())
        return np.asarray(powers / powers.sum(), np.float64)

    def scores(self, counts: Counts) -> NDArray[np.float64]:
        """What the linear model says of every type, before it is made a probability; nothing known gives zeros."""
        places, found = weigh(counts, self.vocabulary, self.rarity, self.foreign)
        return np.asarray((found @ self.weights[places]) * self.scale, np.float64)

    def to_bytes(self) -> bytes:
        """The model as it is kept in a file; the same model always gives the same bytes."""
        header = {
            "format": FORMAT,
            "types": list(self.types),
            "foreign": self.foreign,
            "sharpness": self.sharpness,
            "facts": asdict(self.facts),
        }
        text = json.dumps(header, ensure_ascii=False, sort_keys=True).encode()
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        buffer = io.BytesIO()
        np.savez_compressed(buffer, header=np.frombuffer(text, np.uint8), **arrays)
        return buffer.getvalue()

    def save(self, path: Path) -> None:
        """Write the model to ``path``."""
        path.write_bytes(self.to_bytes())


_ARRAYS = {
    "vocabulary": np.uint32,
    "rarity": np.float32,
    "weights": np.int8,
    "scale": np.float32,
}


def load(path: Path) -> Learned:
    """Read the model in the file ``path``.

    Raises:
        ConfigError: it cannot be read, is damaged, no model of this format, or one for other features.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise _refused(path, "quá lớn / too large")
        return from_bytes(path.read_bytes(), path)
    except OSError as error:
        raise _refused(path, error.strerror or type(error).__name__) from error


def from_bytes(data: bytes, path: Path) -> Learned:
    """The model in ``data``; ``path`` names it in errors.

    Raises:
        ConfigError: as :func:`load`.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            header = json.loads(bytes(archive["header"]))
            arrays = {name: archive[name] for name in _ARRAYS}
        return _checked(header, arrays)
    except Exception as error:  # a damaged archive fails in as many ways as there are layers in it
        what = f"hỏng hoặc không phải mô hình / damaged or no model ({type(error).__name__}: {error})"
        raise _refused(path, what) from error


def _checked(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Learned:
    """The model, if its parts go together; otherwise a :class:`ValueError` says what does not."""
    if header["format"] != FORMAT:
        raise ValueError(f"format {header['format']!r}")
    facts = Facts(**header["facts"])
    if facts.features != VERSION:
        raise ValueError(f"features {facts.features}")
    types = tuple(map(str, header["types"]))
    size, width = len(arrays["vocabulary"]), len(types)
    shapes = {"vocabulary": (size,), "rarity": (size,), "weights": (size, width), "scale": (width,)}
    for name, kind in _ARRAYS.items():
        if arrays[name].dtype != kind or arrays[name].shape != shapes[name]:
            raise ValueError(f"{name} {arrays[name].dtype} {arrays[name].shape}")
        if not np.isfinite(arrays[name]).all():
            raise ValueError(name)
    if not size or not width or (np.diff(arrays["vocabulary"].astype(np.int64)) <= 0).any():
        raise ValueError("vocabulary")
    foreign, sharpness = float(header["foreign"]), float(header["sharpness"])
    if not (0 < foreign < np.inf and 0 < sharpness < np.inf):
        raise ValueError("foreign, sharpness")
    return Learned(types, foreign=foreign, sharpness=sharpness, facts=facts, **arrays)


def current(data: Path, bundled: Path) -> Learned | None:
    """The model to use: the one cached below ``data`` if its hash is right, else the one in ``bundled``, else none.

    Reads files only; whoever talks to the store keeps the cache fresh. A cached model that is damaged or of another
    version of the program is passed over, since the bundled one always fits.

    Args:
        data: data folder of the site (``site.data``); the cache is ``models`` in it.
        bundled: folder of the configuration that comes with the program.

    Raises:
        ConfigError: the bundled model is there and damaged.
    """
    folder = data / "models"
    try:
        pointer = json.loads((folder / POINTER).read_bytes())
        path = folder / Path(str(pointer["file"])).name
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() == pointer["sha256"]:
            return from_bytes(content, path)
    except (OSError, ValueError, KeyError, TypeError, SohoaError):
        pass  # nothing learned here yet, or nothing that can be used
    own = bundled / BUNDLED
    return load(own) if own.is_file() else None


def _refused(path: Path, what: str) -> ConfigError:
    return ConfigError(file=path, line=0, what=f"mô hình loại giấy tờ / type model: {what}", hint="`sohoa types learn`")
