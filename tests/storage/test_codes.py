"""Codes: from the template, unique, the same for the same document; and what is said of odd ones."""

from __future__ import annotations

import string
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dossier import Dossier, FieldValue, Kind, Severity
from pipeline.errors import ConfigError
from pipeline.settings import Settings, bundled_folder, load
from pipeline.storage import ObjectStore, Repository, check_dossier, codes, issue
from tests.storage.documents import OWNER, document

TODAY = date(2026, 11, 22)
FIELDS = ("owner", "procedure", "dossier", "type", "number")
unhurried = hypothesis.settings(deadline=None)
words = st.text(string.ascii_letters + string.digits + "/-", max_size=8)


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load(bundled_folder())


def with_codes(settings: Settings, **change: str) -> Settings:
    return settings.model_copy(update={"codes": settings.codes.model_copy(update=change)})


# -- templates --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "known", "code"),
    [
        ("{owner}.{procedure}.{type}", {"owner": "A", "procedure": "1.2", "type": "t"}, "A.1.2.t"),
        ("{owner}.{procedure}.{type}", {"procedure": "1.2", "type": "t"}, "1.2.t"),
        ("{owner}.{procedure}.{type}", {"owner": "A", "type": "t"}, "A.t"),
        ("{owner}.{type}.{number}", {"owner": "A", "type": "t"}, "A.t"),
        ("{owner}.{type}.{number}", {"type": "t"}, "t"),
        ("KQ-{owner}.{type}/x", {"type": "t"}, "KQ-t/x"),
        ("{dossier}-KQ{n}", {"dossier": "H26-1"}, "H26-1-KQ1"),
    ],
)
def test_what_is_not_known_is_left_out_with_its_separator(template: str, known: dict[str, str], code: str) -> None:
    assert codes.render(template, dict.fromkeys(FIELDS, "") | known, 1) == code


@unhurried
@given(st.fixed_dictionaries(dict.fromkeys(FIELDS, words)), st.permutations(FIELDS), st.integers(1, 10**6))
def test_a_code_holds_the_values_and_no_empty_place(values: dict[str, str], order: list[str], ordinal: int) -> None:
    template = "|".join(f"{{{name}}}" for name in order)
    filled = [values[name] for name in order if values[name]]
    code = codes.render(template, values, ordinal)
    assert code == "|".join(filled) + (f"-{ordinal}" if ordinal > 1 else "")
    assert codes.render(template + "|{n}", values, ordinal) == "|".join([*filled, str(ordinal)])


@pytest.mark.parametrize("template", ["{ownr}.{type}", "{", "}", "{}", "{0}"])
def test_a_wrong_template_is_refused(template: str) -> None:
    with pytest.raises(ConfigError, match=r"codes\.yaml"):
        codes.render(template, dict.fromkeys(FIELDS, "x"), 1)


# -- issuing ----------------------------------------------------------------------------------------------------


def test_component_and_result_have_their_own_templates(
    repository: Repository, settings: Settings, tmp_path: Path
) -> None:
    settings = with_codes(settings, component="{owner}.{procedure}.{type}", result="{owner}.{type}.{number}")
    component = document(tmp_path, 1, kind=Kind.COMPONENT, type="khac_chua_ro")
    result = document(tmp_path, 2, kind=Kind.RESULT, type="giay_khai_sinh")
    code = next(found.code for found in settings.types if found.key == "giay_khai_sinh")
    assert issue(component, settings, repository) == f"{OWNER}.1.001193.khac_chua_ro"
    assert issue(result, settings, repository) == f"{OWNER}.{code}.15/QĐ-UBND"


def test_the_paper_s_owner_goes_before_the_dossier_s_once_it_is_sure(
    repository: Repository, settings: Settings, tmp_path: Path
) -> None:
    settings = with_codes(settings, result="{owner}")
    for seed, (doubtful, code) in enumerate([(False, "001090054321"), (True, OWNER)]):
        made = document(tmp_path, seed)
        owner = FieldValue("ma_dinh_danh", "001090054321", needs_review=doubtful)
        made = replace(made, extraction=replace(made.extraction, fields=(owner,)))
        assert issue(made, settings, repository) == code


def test_the_same_document_gets_the_same_code_again(repository: Repository, settings: Settings, tmp_path: Path) -> None:
    made = document(tmp_path)
    code = issue(made, settings, repository)
    assert issue(made, settings, repository) == code
    assert issue(made, with_codes(settings, result="{dossier}-KQ{n}"), Repository(repository.store)) == code


def test_a_code_that_was_reserved_before_a_crash_is_issued(
    repository: Repository, settings: Settings, tmp_path: Path
) -> None:
    made = document(tmp_path)
    settings = with_codes(settings, result="{type}")
    assert repository.reserve("quyet_dinh", made.id)
    assert issue(made, settings, repository) == "quyet_dinh"


@pytest.mark.parametrize(("template", "code"), [("{type}", "quyet_dinh-{}"), ("{dossier}-KQ{n}", "H-KQ{}")])
def test_codes_taken_by_others_count_up(
    repository: Repository, settings: Settings, tmp_path: Path, template: str, code: str
) -> None:
    settings = with_codes(settings, result=template)
    got = [issue(document(tmp_path, seed, dossier="H"), settings, repository) for seed in range(12)]
    wanted = [code.format(n) for n in range(1, 13)]
    wanted[0] = wanted[0].removesuffix("-1")
    assert got == wanted


def test_many_at_once_get_a_code_each(repository: Repository, settings: Settings, tmp_path: Path) -> None:
    settings = with_codes(settings, result="{type}")
    made = [document(tmp_path, seed) for seed in range(12)] * 2
    with ThreadPoolExecutor(12) as pool:
        got = list(pool.map(lambda each: issue(each, settings, repository), made))
    assert len(set(got)) == 12
    assert got[:12] == got[12:]


def test_two_programs_share_the_salt(store: ObjectStore) -> None:
    first, second = Repository(store), Repository(store)
    assert first.reserve("code", "a" * 20)
    assert not second.reserve("code", "b" * 20)
    assert second.reserve("code", "a" * 20)


# -- checking ---------------------------------------------------------------------------------------------------


def rules(settings: Settings, code: str, procedure: str, owner: str) -> set[str]:
    found = check_dossier(Dossier(code, procedure, owner), settings.codes, settings.procedures, TODAY)
    for finding in found:
        assert finding.severity is Severity.WARNING
        if owner:
            assert owner not in finding.message.vi + finding.message.en
    return {finding.rule for finding in found}


GOOD = ("000.00.00.H26-231014-0001", "1.001193")


@pytest.mark.parametrize("code", ["000.00.00.H26-231014-0001", "H26.12.3-251014-0001", "H26-251014-0001"])
@pytest.mark.parametrize("procedure", ["1.001193", "1.001193.000.00.00.H40"])
@pytest.mark.parametrize("owner", ["", OWNER, "079203001234", "0100109106", "0100109106-001", "H26.12", "123456789"])
def test_good_codes_are_passed_in_silence(settings: Settings, code: str, procedure: str, owner: str) -> None:
    assert rules(settings, code, procedure, owner) == set()


@pytest.mark.parametrize(
    ("dossier", "rule"),
    [
        (("231014-0001", GOOD[1], ""), "dossier_code"),
        ((GOOD[0] + "x", GOOD[1], ""), "dossier_code"),
        ((GOOD[0], "khai sinh", ""), "procedure_code"),
        ((GOOD[0], "9.999999", ""), "procedure_unknown"),
        ((*GOOD, "12345"), "owner_id"),
        ((*GOOD, "0100109107"), "tax_code"),
        ((*GOOD, "999190012345"), "owner_province"),
        ((*GOOD, "001299012345"), "owner_birth_year"),
        ((*GOOD, "001990012345"), "owner_birth_year"),
    ],
)
def test_an_odd_code_is_warned_of(settings: Settings, dossier: tuple[str, str, str], rule: str) -> None:
    assert rules(settings, *dossier) == {rule}


@unhurried
@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40) | st.from_regex(r"\d{9,13}", fullmatch=True))
def test_any_code_is_taken(settings: Settings, code: str, procedure: str, owner: str) -> None:
    for finding in check_dossier(Dossier(code, procedure, owner), settings.codes, settings.procedures, TODAY):
        assert finding.severity is Severity.WARNING
