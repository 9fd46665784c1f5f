"""The report: the sums, the files, and that nothing hostile gets through."""

import csv
import re
from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dossier import Text
from pipeline.errors import Damaged, DiskFull, Encrypted, NotFound, SohoaError
from pipeline.settings import Backfill
from pipeline.work.backfill import charts, facts, quality
from pipeline.work.backfill.facts import Pile
from pipeline.work.backfill.report import report
from pipeline.work.backfill.wording import Terms, cell, duration, number, percent, plain
from pipeline.work.ledger import ItemState
from pipeline.work.ledger.quality import Judgement, QualityBook
from tests.work.backfill.archive import TIMINGS, document, open_archive

HOSTILE = "<script>alert(1)</script>\u202e\n\"'&`x`\x00.pdf"
FORMULA = "=cmd|'/C calc'!A1"
VIETNAM = timezone(timedelta(hours=7))
TABLES = ("items.csv", "documents.csv", "batches.csv", "throughput.csv")


@pytest.fixture
def archive(tmp_path):
    made = open_archive(tmp_path / "data")
    yield made
    made.ledger.close()


def _terms(language="vi", **rules):
    types = {"don": Text("Đơn <b>đề nghị</b>", "Application")}
    return Terms(
        Backfill(**rules),
        types,
        {"ngay_cap": Text("Ngày cấp", "Date")},
        datetime(2026, 9, 22, 9, tzinfo=VIETNAM),
        language,
    )


def _report(archive, folder, **options):
    report(archive.ledger, archive.ledger.job("kho"), folder, _terms(**options))
    return (folder / "report.html").read_text(encoding="utf-8")


def _rows(folder, name):
    with (folder / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


class _Page(HTMLParser):
    """What a browser would see: elements, attributes, text by language."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.said, self._open = [], [], {"vi": "", "en": "", "": ""}, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in ("meta", "input", "line", "rect", "circle", "path"):
            self._open.append((tag, dict(attrs).get("class") or ""))

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self._open.pop()[0] == tag

    def handle_data(self, data):
        spoken = next((kind for _, kind in reversed(self._open) if kind in ("vi", "en")), "")
        if not any(tag == "style" for tag, _ in self._open):
            self.said[spoken] += data


def _fill(archive):
    confirmed = document("a", doubtful=1, accepted_by="person")
    waiting = document("d", doubtful=2, state="officer_signed")
    archive.put(batch="hop-1", documents=[confirmed, document("b", type="")], pages=5)
    archive.put(batch="hop-1", worker="may2-1", documents=[document("c")], pages=3, seconds=7200)
    archive.put(ItemState.WAITING, batch="hop-2", pages=2, documents=[waiting])
    for name, error in ((HOSTILE, Damaged(name=HOSTILE, what="xref")), (FORMULA, Encrypted(name=FORMULA))):
        archive.put(ItemState.PARKED, batch="hop-2", pages=1, documents=[], error=error, name=name)


def test_the_report_tells_what_became_of_everything(archive, tmp_path):
    _fill(archive)
    book = QualityBook(archive.ledger)
    quality.draw(book, archive.job.id, 1.0)
    book.judge(archive.job.id, Judgement(document("b").id, right=True, who="lan"))
    book.judge(archive.job.id, Judgement(document("c").id, False, "lan", ("ngay_cap", "type"), note=HOSTILE))
    page = _Page(_report(archive, tmp_path / "out", sample=1.0))
    said = page.said["vi"] + page.said[""]
    assert "1/2 sai, 50,0 %" in said
    assert "Ngày cấp, sai loại giấy tờ" in said
    assert "Tệp bị khóa bằng mật khẩu" in said
    assert "1/2 wrong, 50.0%" in page.said["en"]
    assert "The file is encrypted" in page.said["en"]
    items = _rows(tmp_path / "out", "items.csv")
    assert [row["trạng thái"] for row in items] == ["đã lưu", "đã lưu", "chờ người xác nhận", "để riêng", "để riêng"]
    assert [row["mã lý do"] for row in items][3:] == ["Damaged", "Encrypted"]
    assert float(items[0]["giây"]) == pytest.approx(sum(TIMINGS.values()))
    documents = {row["giấy tờ"]: row for row in _rows(tmp_path / "out", "documents.csv")}
    assert documents[document("c").id]["kết quả kiểm"] == "sai"
    assert documents[document("b").id]["kết quả kiểm"] == "đúng"
    assert documents[document("a").id]["lấy mẫu"] == ""
    (one, two) = _rows(tmp_path / "out", "batches.csv")
    assert (one["lô"], one["đã kiểm"], one["sai"], one["kết luận"]) == ("hop-1", "2", "1", "không đạt, đã xem hết")
    assert two["tỷ lệ sai"] == ""
    assert sum(int(row["trang"]) for row in _rows(tmp_path / "out", "throughput.csv")) == 10


def test_throughput_is_of_when_and_by_whom_papers_were_read(archive, tmp_path):
    archive.put(ItemState.WAITING, worker="may1-1", pages=4, documents=[document("a")])
    (read,) = archive.ledger.items(archive.job.id)
    archive.tick(7200)
    lease = archive.ledger.hold(read.id, "quay: review")
    archive.ledger.finish(lease, ItemState.STORED, [document("a", accepted_by="person")], {"record": 1.0})
    _report(archive, tmp_path / "out")
    (row,) = _rows(tmp_path / "out", "throughput.csv")
    (item,) = _rows(tmp_path / "out", "items.csv")
    assert (row["tiến trình"], row["trang"]) == ("may1-1", "4")
    assert item["trạng thái"] == "đã lưu"
    assert row["lúc"] < item["lúc"]


def test_the_page_needs_nothing_from_outside_and_runs_nothing(archive, tmp_path):
    _fill(archive)
    text = _report(archive, tmp_path / "out")
    page = _Page(text)
    assert not {"script", "link", "img", "iframe", "object", "b"} & set(page.tags)
    assert not [
        name for name, value in page.attributes if name in ("src", "href", "xlink:href") or name.startswith("on")
    ]
    assert "url(" not in text
    assert "@import" not in text
    assert "http" not in re.sub(r'http-equiv="', "", text)
    for hidden in ("\u202e", "\x00", "<script>"):
        assert hidden not in text
    assert "<script>alert(1)</script>\\u202e\\u000a" in page.said[""]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_page_begins_in_the_language_asked_for(archive, tmp_path, language):
    _fill(archive)
    text = _report(archive, tmp_path / "out", language=language)
    assert f'id="show-{language}" checked' in text
    assert text.count(" checked") == 1
    assert f'<html lang="{language}">' in text
    heads = list(_rows(tmp_path / "out", "items.csv")[0])
    assert heads[0] == ("tệp" if language == "vi" else "file")


def test_files_are_for_their_owner_alone(archive, tmp_path):
    _fill(archive)
    _report(archive, tmp_path / "deep" / "out")
    folder = tmp_path / "deep" / "out"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.name for path in folder.iterdir()} == {"report.html", *TABLES}
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_a_second_report_replaces_the_first_and_leaves_other_files(archive, tmp_path):
    _fill(archive)
    _report(archive, tmp_path / "out")
    (tmp_path / "out" / "mine.txt").write_text("x")
    before = (tmp_path / "out" / "documents.csv").read_bytes()
    _report(archive, tmp_path / "out")
    assert (tmp_path / "out" / "documents.csv").read_bytes() == before
    assert (tmp_path / "out" / "mine.txt").read_text() == "x"


def test_an_empty_job_has_a_report(archive, tmp_path):
    page = _Page(_report(archive, tmp_path / "out"))
    assert "Không có tệp nào bị để riêng." in page.said["vi"]
    assert _rows(tmp_path / "out", "items.csv") == []


def test_a_folder_that_cannot_be_is_refused(archive, tmp_path):
    (tmp_path / "file").write_text("x")
    for folder in (tmp_path / "file", tmp_path / "file" / "out", tmp_path / ("x" * 300)):
        with pytest.raises((NotFound, DiskFull, SohoaError)) as refused:
            _report(archive, folder)
        assert refused.type is not SohoaError


def test_what_was_stored_before_says_nothing_of_the_speed(archive, tmp_path):
    archive.put(ItemState.PLANNED, pages=9)
    (item,) = archive.ledger.planned(archive.job.id, 1)
    archive.ledger.pass_over(item.id, "0" * 64, 10, [document("a")])
    _report(archive, tmp_path / "out")
    assert _rows(tmp_path / "out", "throughput.csv") == []
    assert _rows(tmp_path / "out", "items.csv")[0]["trạng thái"] == "đã lưu"


# -- words and numbers -------------------------------------------------------------------------------------------


@given(st.text(max_size=40))
def test_no_cell_is_a_formula_and_nothing_hides_in_it(text):
    made = cell(text)
    assert made.lstrip()[:1] not in ("=", "+", "-", "@")
    made.encode("utf-8")
    assert made == made.replace("\n", "").replace("\r", "").replace("\0", "")


@pytest.mark.parametrize("number", [-5, -0.25, 0, 7])
def test_numbers_stay_numbers(number):
    assert cell(number) == str(number)


@given(st.text(max_size=60), st.integers(1, 30))
def test_shown_text_is_harmless_and_no_longer_than_asked(text, longest):
    shown = plain(text, longest)
    assert len(shown) <= longest
    shown.encode("utf-8")
    assert not any(letter in shown for letter in "\n\r\0\u202a\u202e\u2066\u200f\x1b")


def test_numbers_are_written_as_each_language_does():
    assert (number(1234567.891, 2).vi, number(1234567.891, 2).en) == ("1.234.567,89", "1,234,567.89")
    assert (percent(0.0525).vi, percent(0.0525).en) == ("5,2 %", "5.2%")
    told = ["0 s", "59 s", "1 min 1 s", "1 h", "2 h 5 min", "1 d 1 h"]
    assert [duration(seconds).en for seconds in (0, 59, 61, 3600, 7500, 90000)] == told


# -- sums and charts ---------------------------------------------------------------------------------------------

_minutes = st.dictionaries(
    st.tuples(st.integers(29_000_000, 29_000_000 + 60_000), st.sampled_from(["a", "b", "c"])),
    st.builds(Pile, st.integers(1, 5), st.integers(0, 50), st.integers(0, 9)),
    max_size=40,
)


@given(_minutes, st.sampled_from([0, 7 * 3600, -5 * 3600]))
def test_stretches_hold_every_page_once_and_meet_without_gaps(minutes, offset):
    found = facts.stretches(minutes, offset, ("a", "b"))
    assert sum(sum(one.pages.values()) for one in found) == sum(pile.pages for pile in minutes.values())
    assert len(found) <= 61
    assert all(late.begin - early.begin == early.seconds for early, late in pairwise(found))
    if found and found[0].seconds >= 86400:
        assert (found[0].begin + offset) % 86400 == 0
    for (minute, _), pile in minutes.items():
        assert any(one.begin <= minute * 60 < one.begin + one.seconds for one in found) or not pile


@given(_minutes)
def test_working_time_leaves_out_pauses(minutes):
    seconds = facts.working_seconds(minutes)
    when = sorted({minute * 60 for minute, _ in minutes})
    assert 0 <= seconds <= (when[-1] - when[0] + 60 if when else 0)
    assert bool(seconds) == bool(when)


@given(st.floats(1e-6, 1e9), st.integers(2, 8))
def test_steps_of_an_axis_are_round_and_few(most, steps):
    step = charts.nice_step(most, steps)
    assert step * steps >= most * (1 - 1e-6)
    assert step * steps <= most * 2.6
    digits = f"{step:.0e}"[0]
    assert digits in "125"


_names = st.builds(Text, st.text(max_size=20), st.text(max_size=20))
_shares = st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)).map(sorted)


@given(
    st.lists(st.tuples(_names, _shares), max_size=6),
    st.floats(0.001, 0.9),
    st.lists(st.tuples(_names, st.dictionaries(st.sampled_from("ab"), st.floats(0, 1e6))), max_size=6),
)
def test_charts_are_whole_whatever_they_show(rows, limit, stretches):
    title = Text("<t>", "</svg>")
    drawn = [
        charts.intervals([charts.Interval(name, at, low, high, name) for name, (low, at, high) in rows], limit, title),
        charts.bars([charts.Bar(name, at, name, "<bad>") for name, (_, at, _) in rows], title),
        charts.columns([charts.Column(name, values) for name, values in stretches], ["a", "b"], title),
    ]
    for one in drawn:
        page = _Page(str(one))
        assert set(page.tags) <= {"svg", "text", "title", "tspan", "line", "rect", "circle", "path"}
        assert page.tags.count("svg") == 1
        for name, value in page.attributes:
            if name in ("x", "y", "x1", "x2", "y1", "y2", "width", "height", "cx", "cy"):
                assert -60 <= float(value) <= 800 + 26 * len(rows)


def test_advice_is_about_no_file_in_particular():
    told = facts.advice("Damaged", Text("a.pdf hỏng", "a.pdf is broken"))
    assert "a.pdf" not in told.vi
    assert told.vi.startswith("Tệp ")
    assert facts.advice("Nobody", Text("vì sao", "why")) == Text("vì sao", "why")
    assert facts.advice("__doc__", Text("", "")).vi == "chưa rõ lý do"


def test_times_are_told_in_the_zone_asked_for():
    terms = _terms()
    assert terms.time(0) == ""
    assert datetime.fromisoformat(terms.time(1e9)) == datetime.fromtimestamp(1e9, UTC)
    assert terms.time(1e9).endswith("+07:00")
