"""What a PDF page draws, in outline: pictures and where, how many visible letters, whether there is anything else."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import pikepdf
from pikepdf import Matrix, Name

_PAINT = {"f", "F", "f*", "S", "s", "B", "B*", "b", "b*", "sh"}
_SHOW = {"Tj", "TJ", "'", '"'}
_INVISIBLE = 3
_DEEP = 6
_FULL = 0.9
_SMALL_TURN = 0.01
_HIDDEN = 2 | 32  # annotation flags Hidden and NoView
_MOST_OPERATORS = 200_000
"""More than this is a drawing, whatever else it is."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture and the matrix that takes the unit square to the page (points, y up)."""

    image: pikepdf.Stream
    matrix: Matrix

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The rectangle it covers, in points of the page."""
        corners = [self.matrix.transform(corner) for corner in ((0, 0), (1, 0), (0, 1), (1, 1))]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return min(xs), min(ys), max(xs), max(ys)

    @property
    def dpi(self) -> tuple[float, float]:
        """Resolution along the picture's own width and height."""
        a, b, c, d = self.matrix.a, self.matrix.b, self.matrix.c, self.matrix.d
        wide, high = max(math.hypot(a, b), 1e-6), max(math.hypot(c, d), 1e-6)
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

    box: tuple[float, float, float, float]
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
        return max((max(picture.dpi) / self.unit for picture in self.pictures), default=0.0)

    @property
    def has_more(self) -> bool:
        """Whether anything visible is drawn beside one picture."""
        return len(self.pictures) > 1 or self.letters > 0 or self.painted or self.noted or self.inline


def sketch(page: pikepdf.Page) -> Drawing:
    """The outline of ``page``."""
    box = page.cropbox
    x0, y0, x1, y1 = (float(value) for value in box)
    rotate = int(page.obj.get(Name.Rotate, _inherited(page.obj, Name.Rotate, 0))) % 360
    unit = float(page.obj.get(Name.UserUnit, 1))
    drawing = Drawing((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)), rotate // 90 * 90, unit)
    resources = page.obj.get(Name.Resources, _inherited(page.obj, Name.Resources, pikepdf.Dictionary()))
    _walk(page, resources, Matrix(), drawing, 0)
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
    shown = _overlap(first.box, drawing.box)
    if shown < _FULL * whole or shown < 0.99 * own or first.turn is None:
        return None
    if any(_overlap(other.box, drawing.box) >= 0.5 * whole for other in drawing.pictures[1:]):
        return None  # layers: a mask over a ground, or a picture hidden by another
    stencil = bool(first.image.get(Name.ImageMask, False)) or Name.SMask in first.image or Name.Mask in first.image
    return None if stencil else first


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


def _walk(
    stream: pikepdf.Page | pikepdf.Object, resources: pikepdf.Object, base: Matrix, drawing: Drawing, depth: int
) -> None:
    """Follow the operators of a content stream; pictures and forms with the matrix in force."""
    matrix, mode = base, 0
    stack: list[tuple[Matrix, int]] = []
    objects = resources.get(Name.XObject) if isinstance(resources, pikepdf.Dictionary) else None
    for count, instruction in enumerate(pikepdf.parse_content_stream(stream)):
        if count > _MOST_OPERATORS:
            drawing.painted = True
            drawing.letters += _MOST_OPERATORS
            return
        operator = str(instruction.operator)
        operands = instruction.operands
        if operator == "q":
            stack.append((matrix, mode))
        elif operator == "Q" and stack:
            matrix, mode = stack.pop()
        elif operator == "cm":
            matrix = Matrix(*(float(value) for value in operands)) @ matrix
        elif operator == "Tr":
            mode = int(operands[0])
        elif operator in _SHOW and mode != _INVISIBLE:
            drawing.letters += _length(list(operands))
        elif operator in _PAINT:
            drawing.painted = True
        elif operator == "INLINE IMAGE":
            drawing.inline = True
        elif operator == "Do":
            thing = objects.get(str(operands[0])) if isinstance(objects, pikepdf.Dictionary) else None
            _draw(thing, resources, matrix, drawing, depth)


def _draw(
    thing: pikepdf.Object | None, resources: pikepdf.Object, matrix: Matrix, drawing: Drawing, depth: int
) -> None:
    if not isinstance(thing, pikepdf.Stream):
        return
    if thing.get(Name.Subtype) == Name.Image:
        drawing.pictures.append(Placed(thing, matrix))
    elif thing.get(Name.Subtype) == Name.Form and depth < _DEEP:
        own = thing.get(Name.Matrix)
        inner = Matrix(*(float(value) for value in own)) @ matrix if own is not None else matrix
        _walk(thing, thing.get(Name.Resources, resources), inner, drawing, depth + 1)


def _length(operands: list[pikepdf.Object]) -> int:
    last = operands[-1]
    parts = last if isinstance(last, pikepdf.Array) else [last]
    return sum(len(bytes(part).strip()) for part in parts if isinstance(part, pikepdf.String))


def _overlap(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    wide = min(first[2], second[2]) - max(first[0], second[0])
    high = min(first[3], second[3]) - max(first[1], second[1])
    return max(wide, 0.0) * max(high, 0.0)
