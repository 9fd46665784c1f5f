import pickle
import re
import string
from pathlib import Path

import pytest

from error_table import page
from pipeline.errors import DiskFull, Encrypted, NotFound, SohoaError, catalogue, from_os_error


def test_the_table_in_the_docs_is_the_one_in_the_code():
    assert Path("docs/errors.md").read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("kind", catalogue(), ids=lambda kind: kind.__name__)
def test_an_error_says_the_same_in_both_languages_and_shows_a_way_out(kind):
    names = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (kind.vi, kind.en)]
    assert names[0] == names[1]
    assert kind.vi != kind.en
    assert len(kind.vi) > 20


def test_exit_codes_are_distinct_and_leave_0_and_2_alone():
    codes = [kind.exit_code for kind in catalogue()]
    assert len(codes) == len(set(codes))
    assert not {0, 2} & set(codes)
    assert all(1 <= code <= 130 for code in codes)


def test_an_error_survives_the_way_between_processes():
    error = pickle.loads(pickle.dumps(Encrypted(name="a.pdf")))
    assert isinstance(error, Encrypted)
    assert error.text == Encrypted(name="a.pdf").text


def test_a_detail_that_was_not_given_does_not_break_the_message():
    assert re.search("…", SohoaError().text.vi)


def test_a_full_disk_is_told_from_a_missing_file():
    assert isinstance(from_os_error(OSError(28, "No space left on device"), "a.pdf"), DiskFull)
    assert isinstance(from_os_error(FileNotFoundError(2, "No such file"), "a.pdf"), NotFound)
