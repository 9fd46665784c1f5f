"""Vietnamese text: one normal form, one folding for search, and what a syllable can be."""

from __future__ import annotations

import re
import unicodedata

_LOOKALIKES = str.maketrans({"Ð": "Đ", "ð": "đ", "Ɖ": "Đ", "\u00a0": " ", "\u00ad": "-", "\u037e": ";"})
_D = str.maketrans({"đ": "d", "Đ": "D", "ð": "d", "Ð": "D"})

_ONSET = "ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnpqrstvx]"
_RIMES = frozenset(
    """a ac ach ai am an ang anh ao ap at au ay ă ăc ăk ăm ăn ăng ăp ăt â âc âm ân âng âp ât âu ây
    e ec em en eng eo ep et ê êch êm ên ênh êp êt êu i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu
    o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong ooc
    oong op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt u ua uân uâng uât uây uc uê uêch uênh ui um un ung uôc uôi
    uôm uôn uông uôt uơ up ut uy uya uych uyên uyêt uynh uyt uyu ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt
    ươu ưt ưu y yêm yên yêng yêt yêu""".split()
)
_QU_RIMES = frozenset(
    """a ac ach ai an ang anh ao at au ay ôc ăc ăm ăn ăng ăp ăt â ân âng ât ây e en eo et ê êch ên ênh êt i ich it
    iu in ơ ơi ơn y ynh yt yên yêt ych ya yu""".split()
)
_MARKS = re.compile("[\u0300-\u036f]+")
_TONES = {"\u0300": "f", "\u0301": "s", "\u0309": "r", "\u0303": "x", "\u0323": "j"}
_SYLLABLE = re.compile(f"^({_ONSET})?(.+)$")


def nfc(text: str) -> str:
    """Return ``text`` in NFC with Ð (U+00D0) as Đ, no-break blanks as blanks, soft hyphens as hyphens.

    In text layers a soft hyphen is one that is printed: fonts have one glyph for both (as for the Greek question mark).
    """
    return unicodedata.normalize("NFC", text).translate(_LOOKALIKES)


def fold(text: str) -> str:
    """Return ``text`` for comparing and searching: lower case, no marks, đ as d.

    Done by ourselves on both sides: SQLite's ``remove_diacritics`` keeps đ and breaks ơ and ư.
    """
    plain = _MARKS.sub("", unicodedata.normalize("NFD", unicodedata.normalize("NFC", text).translate(_D)))
    return plain.casefold()


def is_syllable(word: str) -> bool:
    """Whether ``word`` can be a Vietnamese syllable: onset, rime and tone that go together.

    Stop codas (c, ch, p, t, and the k of Đắk Lắk) only bear the tones sắc and nặng. Letters only; case does not matter.
    """
    marks = unicodedata.normalize("NFD", nfc(word).lower())
    tones = [_TONES[c] for c in marks if c in _TONES]
    if len(tones) > 1:
        return False
    base = unicodedata.normalize("NFC", "".join(c for c in marks if c not in _TONES))
    if not base.isalpha():
        return False
    return any(_fits(onset, rime, "".join(tones)) for onset, rime in _cuts(base))


def _cuts(base: str) -> list[tuple[str, str]]:
    cuts = [("", base)]
    match = _SYLLABLE.match(base)
    if match and match.group(1):
        cuts.append((match.group(1), match.group(2)))
    if base.startswith("gi"):
        cuts.append(("g", base[1:]))
    return cuts


def _fits(onset: str, rime: str, tone: str) -> bool:
    if rime not in (_QU_RIMES if onset == "qu" else _RIMES):
        return False
    return not rime.endswith(("c", "ch", "k", "p", "t")) or tone in ("s", "j")


def syllable_share(text: str) -> float:
    """Share (0..1) of the alphabetic words of ``text`` that can be Vietnamese syllables; 0 without words."""
    words = re.findall(r"[^\W\d_]+", nfc(text))
    return sum(map(is_syllable, words)) / len(words) if words else 0.0
