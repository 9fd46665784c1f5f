"""Configured patterns are bounded in time."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.classify import patterns

CATASTROPHIC = r"^(?:a|a)*(a+)+$"


def test_a_place_is_found_with_its_groups():
    hit = patterns.search(r"(?P<so>\d+)/(?P<loai>[A-ZĐ]+)", "Số: 15/QĐ-UBND")
    assert hit is not None
    assert hit.groupdict() == {"so": "15", "loai": "QĐ"}
    assert hit.span("so") == (4, 6)
    assert patterns.names(r"(?P<so>\d+)/(?P<loai>[A-ZĐ]+)") == ("so", "loai")


def test_the_whole_text_has_to_fit():
    assert patterns.fullmatch(r"\d{12}", "001201000012") is not None
    assert patterns.fullmatch(r"\d{12}", "số 001201000012") is None


@pytest.mark.parametrize("find", [patterns.search, patterns.fullmatch])
def test_a_pattern_that_takes_too_long_is_not_found(find):
    text = "a" * 40 + "!"
    assert patterns.too_slow(CATASTROPHIC, text)
    assert find(CATASTROPHIC, text) is None
    assert patterns.finditer(CATASTROPHIC, text) == ()


def test_a_short_text_does_not_make_it_slow():
    assert not patterns.too_slow(CATASTROPHIC, "aaa")
    assert patterns.search(CATASTROPHIC, "aaa") is not None


@given(st.text(max_size=60))
def test_same_places_as_the_standard_library(text):
    pattern = r"[A-Z]{1,3}|\d+"
    assert [hit.span() for hit in patterns.finditer(pattern, text)] == [
        hit.span() for hit in re.finditer(pattern, text, re.UNICODE)
    ]
