"""Logs: what happened can be told from them, and nobody's name, id, code or file ever."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import stat
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from billiard.einfo import ExceptionWithTraceback
from celery import Celery, signals
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.dossier import Dossier
from pipeline.errors import Damaged, DatabaseDown, StoreDown
from pipeline.settings import Site
from pipeline.storage import open_store
from pipeline.work import discreet, logs, masks
from pipeline.work.ledger.nouns import Item, ItemState, Urgency
from pipeline.work.logs import Event
from tests.fixtures.store import site_in


class Private:
    """What no line may hold (no constants of the module: those are known to hold nothing private)."""

    name = "Nguyễn Thị Bích Ngọc"
    id = "001188012345"
    code = "H00.01-261122-0042"
    file = "CCCD Nguyễn Thị Bích Ngọc 001188012345.pdf"


HOSTILE = [
    Private.name,
    Private.id,
    Private.code,
    Private.file,
    f"/scans/{Private.code}/{Private.file}",
    "Nguyen Van A\n2026 INFO forged line",
    '", "event": "item_stored',
    "\u202etxt.exe",
    "%s %d {name}",
    "Nguyễn Văn A",
    "\udcff\udcfe.pdf",
    "👪" * 50,
    "A" * 100_000,
]
TELLTALES = [
    "Nguy",
    "Bich",
    "Bích",
    "Ngọc",
    "0011880",
    "261122",
    "scans",
    ".pdf",
    "forged",
    "txt.exe",
    "👪",
    "AAAA",
    "0042",
]


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """The log of this process, set back to what pytest had when the test is over."""
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook, sys.unraisablehook)
    handlers, level, raising, last = root.handlers[:], root.level, logging.raiseExceptions, logging.lastResort
    stream, configured = io.StringIO(), structlog.get_config()
    logs.begin("worker", stream=stream, plain=False)
    yield stream
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.raiseExceptions, logging.lastResort = raising, last
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    structlog.configure(**configured)


def told(stream: io.StringIO) -> list[dict[str, Any]]:
    """The lines as JSON; nothing of the hostile texts is in any."""
    text = stream.getvalue()
    assert text.isascii()
    assert not [each for each in TELLTALES if each in text], text
    return [json.loads(line) for line in text.splitlines()]


def item(code: str = Private.code) -> Item:
    dossier = Dossier(code, "1.001193", Private.id)
    return Item(
        7, f"job of {Private.name}", f"/scans/{Private.file}", Private.file, dossier, ItemState.READING, Urgency.COUNTER
    )


# -- own events -------------------------------------------------------------------------------------------------


def test_an_event_is_told_with_what_is_bound(lines: io.StringIO) -> None:
    with logs.about(item(), "page 3"):
        logs.info(Event.PAGE_READ, page=3, seconds=1.23456)
        with logs.about(item("H00.01-261122-0043")):
            logs.info(Event.ITEM_READ, pages=2)
    logs.info(Event.SERVICE_STOPPED)
    first, second, last = told(lines)
    assert first["event"] == "page_read"
    assert (first["service"], first["level"], first["pid"]) == ("worker", "info", os.getpid())
    assert (first["item"], first["page"], first["seconds"], first["stage"]) == (7, 3, 1.235, "page 3")
    assert first["correlation"] == masks.correlation(f"job of {Private.name}", Private.code) != second["correlation"]
    assert first["job"] == masks.masked(f"job of {Private.name}") == second["job"]
    assert "item" not in last


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_no_field_lets_a_hostile_value_pass(lines: io.StringIO, text: str) -> None:
    for name in [*discreet.FIELDS, "note", "file"]:
        logs.info(Event.ITEM_FAILED, **{name: text})
        with logs.bound(**{name: text}):
            logs.warning(Event.ITEM_DONE, ValueError(text))
    logs.info(text)  # type: ignore[arg-type]
    logs.info(Event.ITEM_FAILED, **{text: 1})
    assert len(told(lines)) == 2 * (len(discreet.FIELDS) + 2) + 2


@given(st.text() | st.integers() | st.floats() | st.binary() | st.none() | st.lists(st.text()))
@example(int(Private.id))
@example(float(Private.id))
@example(23_456_789)  # an old identity card, its nought in front lost
@example(19_900_101)
def test_what_is_told_of_a_field_is_small_or_a_word_of_ours(value: object) -> None:
    for name, fit in discreet.vetted(dict.fromkeys(discreet.FIELDS, value)).items():
        if name == "withheld" or fit is None or isinstance(fit, bool):
            continue
        if isinstance(fit, int | float):
            assert abs(fit) < 1e7
        else:
            words = discreet.STAGES | discreet.PARTS | discreet.KINDS | {discreet.OTHER}
            assert masks.is_mask(str(fit)) or str(fit) in words or str(fit).split()[0] in words or str(fit) == value


def test_a_logger_of_a_part_goes_the_same_way(lines: io.StringIO) -> None:
    log, code = logs.logger("work"), "x_of_" + Private.code.lower()
    log.info("gate_opened", pages=1, note=Private.name)
    log.info(f"paper of {Private.name}")
    log.info("paper of %s", Private.name)
    log.info(code.replace("00.01-261122-0042", "somebody"))  # the form of an event, but made on the way
    try:
        int(Private.file)
    except ValueError:
        log.exception("gate_closed")
    first, *others, last = told(lines)
    assert (first["event"], first["pages"], first["withheld"]) == ("gate_opened", 1, 1)
    assert [line["event"] for line in others] == ["library"] * 3
    assert (last["event"], last["error"], last["level"]) == ("gate_closed", "ValueError", "error")


def test_our_errors_are_told_by_rule_and_place(lines: io.StringIO) -> None:
    def fail() -> None:
        try:
            int(Private.file)
        except ValueError as error:
            raise Damaged(name=Private.file, what=Private.name) from error

    try:
        fail()
    except Damaged as error:
        logs.failed(Event.ITEM_FAILED, error, item=7)
    (line,) = told(lines)
    assert (line["rule"], line["error"], line["causes"]) == ("Damaged", "Damaged", ["ValueError"])
    assert line["place"].startswith("tests.work.test_logs:fail:")


def test_an_exception_that_came_from_another_process_is_told_as_itself(lines: io.StringIO) -> None:
    logs.failed(Event.CRASHED, ExceptionWithTraceback(ValueError(Private.name), Private.name))
    assert told(lines)[0]["error"] == "ValueError"


def test_the_place_is_that_in_this_program_if_there_is_one(lines: io.StringIO, tmp_path: Path) -> None:
    try:
        open_store(site_in(tmp_path))
    except StoreDown as error:
        logs.warning(Event.PART_DOWN, error, part="store")
    (line,) = told(lines)
    assert line["place"].startswith("pipeline.storage.objects:open_store:")
    assert line["part"] == "store"


def test_an_exception_class_made_at_run_time_does_not_name_anyone(lines: io.StringIO) -> None:
    logs.failed(Event.CRASHED, type("Nguyen_Van_A", (Exception,), {})("x"))
    assert told(lines)[0]["error"] == "other"


# -- libraries --------------------------------------------------------------------------------------------------

LOGGERS = (
    "celery",
    "celery.worker",
    "kombu.connection",
    "minio",
    "pyhanko.sign",
    "PIL.TiffImagePlugin",
    "fontTools.ttLib",
)
FORGED = (f"job.{Private.name}", f"{Private.code}.{Private.file}", "Nguyen.Van.A")


@pytest.mark.parametrize("library", [*LOGGERS, *FORGED])
@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_library_tells_constants_only(lines: io.StringIO, library: str, text: str) -> None:
    logger = logging.getLogger(library)
    logger.warning("cannot open %s (page %d)", text, 12)
    logger.error(f"cannot open {text}")
    logger.warning("cannot open " + text)
    logger.warning(text)
    logger.warning(ValueError(text))
    logger.warning("%(name)s", {"name": text})
    logger.warning("%d of %s", text)  # noqa: PLE1206 - arguments that do not fit
    logger.info("passed over %s", text)
    try:
        Path(f"/nowhere/{text[:9]}").read_bytes()
    except (OSError, UnicodeError):
        logger.exception("it failed: %s", text, stack_info=True, extra={"told": {"note": text}})
    found = told(lines)
    assert len(found) == 8
    assert found[0]["text"] == "cannot open %s (page %d)"
    assert found[0]["numbers"] == [12]
    assert found[0]["place"].startswith("tests.work.test_logs:test_a_library_tells_constants_only:")
    assert [line.get("text", "") for line in found[1:5]] == ["", "", "", ""]
    assert found[7]["text"] == "it failed: %s"
    assert found[7]["error"] in ("FileNotFoundError", "UnicodeEncodeError")


def test_the_logger_is_named_as_far_as_it_is_a_module(lines: io.StringIO) -> None:
    for name in ("celery.app_of_nobody", "celery.app", f"celery.{Private.name}", Private.name, "Nguyen.Van.A"):
        logging.getLogger(name).warning("x")
    assert [line["logger"] for line in told(lines)] == ["celery", "celery.app", "celery", "other", "other"]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_warnings_are_told_by_category_and_place(lines: io.StringIO, text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(False)
        logging.captureWarnings(True)
        warnings.warn(text, UserWarning, stacklevel=1)
        warnings.warn_explicit(text, DeprecationWarning, f"/scans/{Private.file}", 12)
    first, second = told(lines)
    assert (first["category"], second["category"]) == ("UserWarning", "DeprecationWarning")
    assert "test_warnings_are_told" in first["place"]


def test_a_library_with_a_handler_of_its_own_is_taken_in(
    lines: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    logger = logging.getLogger("obstinate")
    logger.addHandler(logging.StreamHandler(sys.stderr))
    logger.propagate = False
    logs.begin("worker", stream=lines, plain=False)
    logger.warning("of %s", Private.name)
    logger = logging.getLogger("aloof")
    logger.propagate = False  # as billiard's, which has no handler either
    logger.warning("of %s", Private.name)
    assert len(told(lines)) == 2
    assert capsys.readouterr().err == ""


def test_a_record_from_elsewhere_is_told_without_its_text(lines: io.StringIO) -> None:
    """One that came through a queue or a thread: nobody knows whether its text is a constant."""
    record = logging.LogRecord("celery", logging.ERROR, Private.file, 1, f"of {Private.name}", (), None, Private.file)
    logging.getLogger("celery").handle(record)
    assert "text" not in told(lines)[0]


def test_celery_leaves_logging_to_us(lines: io.StringIO) -> None:
    heard: list[str] = []

    def ours(**_: object) -> None:
        heard.append("asked")

    signals.setup_logging.connect(ours)
    try:
        app = Celery("t", set_as_current=False)
        type(app.log)._setup = False
        app.log.setup(loglevel="INFO", redirect_stdouts=True)
        logging.getLogger("celery.worker").error("Task %s raised: %r", Private.code, ValueError(Private.name))
    finally:
        signals.setup_logging.disconnect(ours)
    assert heard == ["asked"]
    assert [line["text"] for line in told(lines)] == ["Task %s raised: %r"]


_SCRIPT = """
import sys, threading, logging
from pipeline.work import logs
logs.begin("worker", plain={plain})
text = sys.argv[1]
thread = threading.Thread(target=lambda: open("/nowhere/" + text), name=text)
thread.start(); thread.join()
class Bad:
    def __del__(self): raise KeyError(text)
bad = Bad(); del bad
class Unprintable:
    def __str__(self): raise RuntimeError(text)
    __repr__ = __str__
logging.getLogger("kombu").warning("%s", Unprintable())
logging.getLogger("kombu").warning(Unprintable())
def deep(text): raise LookupError(text)
deep(text)
"""


@pytest.mark.parametrize("plain", [True, False])
def test_what_nobody_caught_is_told_without_its_message(plain: bool) -> None:
    order = [sys.executable, "-c", _SCRIPT.format(plain=plain), f"{Private.name} {Private.id} {Private.file}"]
    done = subprocess.run(order, capture_output=True, text=True, timeout=60)  # noqa: PLW1510 - it ends with 1
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert not [each for each in TELLTALES if each in done.stderr], done.stderr
    found = done.stderr.splitlines()
    assert len(found) == 5
    assert [each for each in ("FileNotFoundError", "KeyError", "LookupError") if each not in done.stderr] == []
    assert "__main__:deep:" in found[-1]


def test_before_it_begins_nothing_is_told() -> None:
    script = "from pipeline.work import logs; logs.logger('work').warning('item_done'); logs.info(logs.Event.ITEM_DONE)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert (done.stdout, done.stderr) == ("", "")


# -- files, forms ----------------------------------------------------------------------------------------------


def test_a_log_file_is_private_and_opened_anew_when_moved(lines: io.StringIO, tmp_path: Path) -> None:
    file = tmp_path / "log" / "worker.log"
    logs.begin("worker", file=file, process="host-12")
    logs.info(Event.SERVICE_STARTED)
    file.rename(file.with_suffix(".1"))
    logs.info(Event.SERVICE_STOPPED)
    assert stat.S_IMODE(file.with_suffix(".1").stat().st_mode) == 0o600
    assert json.loads(file.read_text())["event"] == "service_stopped"
    assert json.loads(file.with_suffix(".1").read_text())["process"] == "host-12"


def test_plain_lines_for_people(lines: io.StringIO) -> None:
    logs.begin("sweeper", stream=lines, plain=True)
    logs.failed(Event.PART_DOWN, DatabaseDown(what=Private.name), part="database")
    (line,) = lines.getvalue().splitlines()
    assert "sweeper part_down" in line
    assert "part=database" in line
    assert "rule=DatabaseDown" in line


# -- masks ------------------------------------------------------------------------------------------------------


@given(st.text())
def test_a_mask_says_nothing_and_is_always_the_same(text: str) -> None:
    made = masks.masked(text)
    assert masks.is_mask(made)
    assert made == masks.masked(text)
    assert made != masks.correlation(text, "")
    assert not any(letter.isdigit() for letter in made)


def test_masks_of_one_name_in_two_forms_are_one() -> None:
    assert masks.masked("Nguyễn") == masks.masked("Nguye\u0302\u0303n") != masks.masked("Nguyên")
    assert masks.correlation("a", "bc") != masks.correlation("ab", "c")


_ASK = """
import sys
from pathlib import Path
from pipeline.settings import Site
from pipeline.work import masks
site = Site.model_validate_json(sys.stdin.read())
print(masks.learn_key(site), masks.correlation("j", "H00.01-261122-0042"))
"""


def ask(site: Site) -> subprocess.Popen[str]:
    """What a process of its own calls a dossier."""
    process = subprocess.Popen([sys.executable, "-c", _ASK], stdin=-1, stdout=-1, stderr=-1, text=True)
    assert process.stdin is not None
    process.stdin.write(site.model_dump_json())
    process.stdin.close()
    process.stdin = None
    return process


def test_machines_that_begin_at_once_give_a_dossier_one_name(bucket_site: Site, tmp_path: Path) -> None:
    elsewhere = bucket_site.model_copy(update={"data": tmp_path / "elsewhere"})
    (elsewhere.data / "services").mkdir(parents=True)
    for name in ("state.json", "s3.json"):
        (elsewhere.data / "services" / name).write_bytes((bucket_site.data / "services" / name).read_bytes())
    (bucket_site.data / "log.key").unlink(missing_ok=True)
    answers = {process.communicate(timeout=60) for process in [ask(each) for each in (bucket_site, elsewhere)]}
    (bucket_site.data / "log.key").unlink()  # the other tests share the folder, not the bucket
    assert len(answers) == 1, answers
    assert answers.pop()[0].startswith("True ~")
    assert stat.S_IMODE((elsewhere.data / "log.key").stat().st_mode) == 0o600


def test_without_a_store_masks_are_those_of_the_process(lines: io.StringIO, tmp_path: Path) -> None:
    site = site_in(tmp_path)
    begun = time.monotonic()
    logs.begin("worker", site, stream=lines, plain=False)
    assert time.monotonic() - begun < 60
    assert told(lines)[0]["event"] == "key_of_its_own"
    assert not (site.data / "log.key").exists()
    (site.data).mkdir()
    (site.data / "log.key").write_text("nonsense")
    assert not masks.learn_key(site)
    (site.data / "log.key").write_text("ab" * 32)
    assert masks.learn_key(site)


def test_events_told_and_events_documented_are_the_same() -> None:
    root = Path(__file__).parents[2]
    text = (root / "docs" / "operations.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(\w+)` \|", text[text.index("| event |") :], re.MULTILINE))
    code = "".join(path.read_text(encoding="utf-8") for path in (root / "pipeline").rglob("*.py"))
    named = set(re.findall(r"\blog\.(?:info|warning|error|exception)\(\s*\"([a-z_]+)\"", code))
    own = {str(Event[name]) for name in re.findall(r"\bEvent\.([A-Z_]+)", code)}
    assert documented == {str(event) for event in Event} == named | own
