"""What a PDF page draws, in outline: pictures and where, how many visible letters, whether there is anything else."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from itertools import combinations

import pikepdf
from pikepdf import Matrix, Name

from pipeline.capture import streams

_PAINT = {"f", "F", "f*", "S", "s", "B", "B*", "b", "b*", "sh"}
_PATH = {"re", "m", "l", "c", "v", "y", "h", "W", "W*"}
_SHOW = {"Tj", "TJ", "'", '"'}
_INVISIBLE = 3
_DEEP = 6
_FULL = 0.9
_COVERED = 0.02
"""Share of a picture that the next one may cover: strips meet within a row of pixels."""
_EDGE = 0.75
"""Points (a quarter of a millimetre) that may be cut off at an edge: pages and pictures are rounded differently."""
_SMALL_TURN = 0.01
_HIDDEN = 2 | 32  # annotation flags Hidden and NoView
_MOST_CONTENT = 64 << 20
_MOST_OPERATORS = 200_000
"""More than this is a drawing, whatever else it is."""


Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture and the matrix that takes the unit square to the page (points, y up)."""

    image: pikepdf.Stream
    matrix: Matrix
    clip: Box
    """What may be seen of it at most, in points of the page."""
    veiled: bool
    """Drawn with transparency or a blend mode: its own pixels are not what the page shows."""
    unit: float
    """Size of a point in 1/72 inch (``UserUnit``)."""

    @property
    def box(self) -> Box:
        """The rectangle it covers, in points of the page."""
        return _bounds(self.matrix, 0, 0, 1, 1)

    @property
    def dpi(self) -> tuple[float, float]:
        """Resolution along the picture's own width and height."""
        a, b, c, d = self.matrix.a, self.matrix.b, self.matrix.c, self.matrix.d
        wide, high = max(math.hypot(a, b), 1e-6), max(math.hypot(c, d), 1e-6)
        wide, high = wide * self.unit, high * self.unit
        return int(self.image.Width) * 72 / wide, int(self.image.Height) * 72 / high

    @property
    def turn(self) -> int | None:
        """Clockwise degrees (multiple of 90) by which it is turned; ``None`` when slanted or mirrored."""
        a, b, c, d = self.matrix.a, self.matrix.b, self.matrix.c, self.matrix.d
        size = max(abs(value) for value in (a, b, c, d)) or 1.0
        if abs(b) < _SMALL_TURN * size and abs(c) < _SMALL_TURN * size and a * d > 0:
            return 0 if a > 0 else 180
        if abs(a) < _SMALL_TURN * size and abs(d) < _SMALL_TURN * size and b * c < 0:
            return 270 if b > 0 else 90
        return None


@dataclass
class Drawing:
    """The outline of one page. ``box`` is the crop box in points, ``width`` and ``height`` as shown (after /Rotate)."""

    box: Box
    rotate: int
    unit: float
    pictures: list[Placed] = field(default_factory=list)
    letters: int = 0
    painted: bool = False
    noted: bool = False
    inline: bool = False

    @property
    def width(self) -> float:
        """Width of the page as shown, in points."""
        across = 1 if self.rotate in (90, 270) else 0
        return max((self.box[2 + across] - self.box[across]) * self.unit, 1.0)

    @property
    def height(self) -> float:
        """Height of the page as shown, in points."""
        down = 0 if self.rotate in (90, 270) else 1
        return max((self.box[2 + down] - self.box[down]) * self.unit, 1.0)

    @property
    def pictured(self) -> float:
        """Share of the page covered by pictures (overlaps counted twice, at most 1)."""
        whole = (self.box[2] - self.box[0]) * (self.box[3] - self.box[1]) or 1.0
        return min(1.0, sum(_overlap(picture.box, self.box) for picture in self.pictures) / whole)

    @property
    def densest(self) -> float:
        """Resolution of the finest picture."""
        return max((max(picture.dpi) for picture in self.pictures), default=0.0)

    @property
    def has_more(self) -> bool:
        """Whether anything visible is drawn beside one picture."""
        return len(self.pictures) > 1 or self._more_than_pictures

    @property
    def lies_open(self) -> bool:
        """Whether there are pictures alone, side by side, and nothing of them is cut off, covered or veiled.

        Only then may the page be kept as it is: whatever is there can be seen.
        """
        boxes = [picture.box for picture in self.pictures]
        beside = all(_overlap(*pair) <= _COVERED * min(map(_area, pair)) for pair in combinations(boxes, 2))
        return bool(boxes) and beside and not self._more_than_pictures and all(map(self._shows, self.pictures))

    @property
    def _more_than_pictures(self) -> bool:
        return self.letters > 0 or self.painted or self.noted or self.inline

    def _shows(self, picture: Placed) -> bool:
        seen = _common(_common(picture.box, picture.clip) or (0.0, 0.0, 0.0, 0.0), self.box)
        whole = seen is not None and all(abs(a - b) <= _EDGE for a, b in zip(seen, picture.box, strict=True))
        return whole and not picture.veiled and Name.SMask not in picture.image and Name.Mask not in picture.image


def sketch(page: pikepdf.Page) -> Drawing:
    """The outline of ``page``."""
    box = _common(_ordered(page.cropbox), _ordered(page.mediabox)) or _ordered(page.mediabox)
    rotate = int(page.obj.get(Name.Rotate, _inherited(page.obj, Name.Rotate, 0))) % 360
    unit = float(page.obj.get(Name.UserUnit, 1))
    drawing = Drawing(box, rotate // 90 * 90, unit)
    resources = page.obj.get(Name.Resources, _inherited(page.obj, Name.Resources, pikepdf.Dictionary()))
    _walk(page, resources, _State(Matrix(), box), drawing, 0)
    for annotation in page.obj.get(Name.Annots, pikepdf.Array()):
        if isinstance(annotation, pikepdf.Dictionary) and _is_seen(annotation):
            drawing.noted = True
    return drawing


def placed_scan(drawing: Drawing) -> Placed | None:
    """The picture that is the page: drawn first, covering the crop box, not cut by it, turned by quarters only."""
    if not drawing.pictures:
        return None
    first = drawing.pictures[0]
    whole = (drawing.box[2] - drawing.box[0]) * (drawing.box[3] - drawing.box[1]) or 1.0
    own = (first.box[2] - first.box[0]) * (first.box[3] - first.box[1]) or 1.0
    shown = _overlap(_common(first.box, first.clip) or (0.0, 0.0, 0.0, 0.0), drawing.box)
    if shown < _FULL * whole or shown < 0.99 * own or first.turn is None:
        return None
    if any(_overlap(other.box, drawing.box) >= 0.5 * whole for other in drawing.pictures[1:]):
        return None  # layers: a mask over a ground, or a picture hidden by another
    masked = bool(first.image.get(Name.ImageMask, False)) or Name.SMask in first.image or Name.Mask in first.image
    return None if masked or first.veiled else first


def _inherited(node: pikepdf.Object, key: Name, default: object) -> pikepdf.Object:
    parent = node.get(Name.Parent)
    for _ in range(50):
        if not isinstance(parent, pikepdf.Dictionary):
            break
        if key in parent:
            return parent[key]
        parent = parent.get(Name.Parent)
    return default  # type: ignore[return-value]


def _is_seen(annotation: pikepdf.Object) -> bool:
    if int(annotation.get(Name.F, 0)) & _HIDDEN or annotation.get(Name.Subtype) in (Name.Popup, Name.Link):
        return False
    appearance = annotation.get(Name.AP)
    return isinstance(appearance, pikepdf.Dictionary) and Name.N in appearance


@dataclass(frozen=True, slots=True)
class _State:
    """The part of the graphics state that matters here."""

    matrix: Matrix
    clip: Box
    mode: int = 0
    veiled: bool = False

    def after(self, operator: str, operands: list[pikepdf.Object], resources: pikepdf.Object) -> _State:
        """The state after ``cm``, ``Tr`` or ``gs``."""
        if operator == "cm":
            return replace(self, matrix=Matrix(*(float(value) for value in operands)) @ self.matrix)
        if operator == "Tr":
            return replace(self, mode=int(operands[0]))
        return replace(self, veiled=_veiled(resources, operands[0], self.veiled))


def _walk(
    stream: pikepdf.Page | pikepdf.Object, resources: pikepdf.Object, base: _State, drawing: Drawing, depth: int
) -> None:
    """Follow the operators of a content stream; pictures and forms with the matrix and the clip in force."""
    _check_swelling(stream)
    state, path = base, _Path()
    stack: list[_State] = []
    objects = resources.get(Name.XObject) if isinstance(resources, pikepdf.Dictionary) else None
    for count, instruction in enumerate(pikepdf.parse_content_stream(stream)):
        if count > _MOST_OPERATORS:
            drawing.painted = True
            drawing.letters += _MOST_OPERATORS
            return
        operator = str(instruction.operator)
        operands = instruction.operands
        if operator == "q":
            stack.append(state)
        elif operator == "Q" and stack:
            state = stack.pop()
        elif operator in ("cm", "Tr", "gs"):
            state = state.after(operator, list(operands), resources)
        elif operator in _SHOW and state.mode != _INVISIBLE:
            drawing.letters += _length(list(operands))
        elif operator == "INLINE IMAGE":
            drawing.inline = True
        elif operator == "Do":
            thing = objects.get(str(operands[0])) if isinstance(objects, pikepdf.Dictionary) else None
            _draw(thing, resources, state, drawing, depth)
        elif operator in _PATH:
            path.add(operator, [float(value) for value in operands], state.matrix)
        elif operator in _PAINT or operator == "n":
            drawing.painted |= operator != "n"
            state = replace(state, clip=path.cut(state.clip))
            path = _Path()


def _check_swelling(stream: pikepdf.Page | pikepdf.Object) -> None:
    contents = stream.obj.get(Name.Contents) if isinstance(stream, pikepdf.Page) else stream
    for part in contents if isinstance(contents, pikepdf.Array) else [contents]:
        if isinstance(part, pikepdf.Stream) and streams.swells(part, _MOST_CONTENT):
            raise pikepdf.PdfError("a content stream unpacks to more than any page needs")


@dataclass
class _Path:
    """The path under construction: its bounds, whether it is one upright rectangle, whether it will clip."""

    bounds: Box | None = None
    plain: bool = True
    clips: bool = False

    def add(self, operator: str, operands: list[float], matrix: Matrix) -> None:
        if operator in ("W", "W*"):
            self.clips = True
        elif operator == "re" and self.bounds is None and len(operands) == 4:
            x, y, width, height = operands
            self.bounds = _bounds(matrix, x, y, x + width, y + height)
            self.plain = abs(matrix.a * matrix.b) + abs(matrix.c * matrix.d) < 1e-6
        else:
            self.plain = False

    def cut(self, clip: Box) -> Box:
        """What is left of ``clip``; of a path that is no rectangle nothing is relied on."""
        if not self.clips:
            return clip
        common = _common(clip, self.bounds) if self.plain and self.bounds else None
        return common or (0.0, 0.0, 0.0, 0.0)


def _veiled(resources: pikepdf.Object, name: pikepdf.Object, before: bool) -> bool:
    """Whether pictures are veiled under the graphics state ``name``; what it does not say stays as ``before``."""
    known = resources.get(Name.ExtGState) if isinstance(resources, pikepdf.Dictionary) else None
    state = known.get(str(name)) if isinstance(known, pikepdf.Dictionary) else None
    if not isinstance(state, pikepdf.Dictionary) or not {"/ca", "/SMask", "/BM"} & set(state.keys()):
        return before
    plain = (Name.Normal, Name.Compatible)
    return (
        float(state.get(Name.ca, 1)) < 1
        or state.get(Name.SMask, Name("/None")) != Name("/None")
        or state.get(Name.BM, Name.Normal) not in plain
    )


def _draw(thing: pikepdf.Object | None, resources: pikepdf.Object, state: _State, drawing: Drawing, depth: int) -> None:
    if not isinstance(thing, pikepdf.Stream):
        return
    if thing.get(Name.Subtype) == Name.Image:
        drawing.pictures.append(Placed(thing, state.matrix, state.clip, state.veiled, drawing.unit))
    elif thing.get(Name.Subtype) == Name.Form and depth < _DEEP:
        own = thing.get(Name.Matrix)
        if own is not None:
            state = replace(state, matrix=Matrix(*(float(value) for value in own)) @ state.matrix)
        _walk(thing, thing.get(Name.Resources, resources), state, drawing, depth + 1)


def _length(operands: list[pikepdf.Object]) -> int:
    last = operands[-1]
    parts = last if isinstance(last, pikepdf.Array) else [last]
    return sum(len(bytes(part).strip()) for part in parts if isinstance(part, pikepdf.String))


def _ordered(box: pikepdf.Object) -> Box:
    x0, y0, x1, y1 = (float(value) for value in box)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _bounds(matrix: Matrix, x0: float, y0: float, x1: float, y1: float) -> Box:
    corners = [matrix.transform(corner) for corner in ((x0, y0), (x1, y0), (x0, y1), (x1, y1))]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


def _common(first: Box, second: Box) -> Box | None:
    x0, y0 = max(first[0], second[0]), max(first[1], second[1])
    x1, y1 = min(first[2], second[2]), min(first[3], second[3])
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _overlap(first: Box, second: Box) -> float:
    common = _common(first, second)
    return (common[2] - common[0]) * (common[3] - common[1]) if common else 0.0
