"""Acts of all types from bodies all over the country, 1998 to 2026: one drawing function for all of them.

The body, its head, the habits of the year, subject and wording are chosen by the seed alone; nothing is told about the
story of a dossier. Types, bodies and wordings are told in the YAML files beside this module.
"""

from __future__ import annotations

from collections.abc import Callable

from samples.forms import bodies, deals, desk, laws, slips
from samples.forms.act import Act, kinds, make_act
from samples.paper import Paper
from samples.story import Story

_LAYOUTS: dict[str, Callable[[Act], Paper]] = {
    "ruling": bodies.ruling,
    "sections": bodies.sections,
    "letter": bodies.letter,
    "telegram": bodies.telegram,
    "rules": laws.rules,
    "legislation": laws.legislation,
    "law": laws.law,
    "order": laws.order,
    "judgment": laws.judgment,
    "confirmation": desk.confirmation,
    "minutes": deals.minutes,
    "deal": deals.deal,
    "contract": deals.contract,
    "power": deals.power,
    "note": slips.note,
    "invite": slips.invite,
    "introduction": slips.introduction,
    "leave": slips.leave,
    "dispatch": slips.dispatch,
    "forward": slips.forward,
    "report_slip": slips.report_slip,
    "counter": desk.counter,
    "control": desk.control,
    "request": desk.request,
    "licence": desk.licence,
    "certificate": desk.certificate,
    "slip": desk.slip,
}
ACT_KINDS: tuple[str, ...] = tuple(kinds())
"""Type keys that :func:`draw_act` draws."""
VARIED_FROM = 1000
"""Types with a form of their own in the story of a dossier (:mod:`samples.forms.acts`) are varied from this seed on."""


def draw_act(type_key: str, seed: int, *, by_hand: bool | None = None) -> Paper:
    """Draw an act.

    Args:
        type_key: one of :data:`ACT_KINDS`.
        seed: which one: body, year, look and wording follow from it, and it is drawn alike each time.
        by_hand: whether a pen wrote number and day; None: on three papers of four. False leaves seal and signature
            out as well.
    """
    return _LAYOUTS[kinds()[type_key].layout](make_act(type_key, seed, by_hand))


def told(type_key: str) -> Callable[[Story], Paper]:
    """The drawing function of ``type_key`` for :data:`samples.forms.FORMS`: of the story it takes the seed alone."""

    def draw(story: Story) -> Paper:
        return draw_act(type_key, story.seed)

    return draw
