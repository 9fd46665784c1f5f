"""``worker`` and ``sweeper``: the processes that do the shared work, and the one that looks after it."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection

import click

from pipeline.cli.base import Site, err, pass_site, pin_option, t
from pipeline.dossier import Text
from pipeline.errors import SohoaError, WorkerRefused

_THREADS = "OMP_THREAD_LIMIT"


@click.command(
    help=t(
        "Chạy các tiến trình xử lý trên máy này cho tới khi được bảo dừng (SIGTERM, Ctrl-C).",
        "Run the worker processes of this machine until told to end (SIGTERM, Ctrl-C).",
    )
)
@click.option(
    "--processes",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help=t("Số tiến trình (0: theo site.yaml).", "Number of processes (0: as site.yaml has it)."),
)
@pin_option
@pass_site
def worker(site: Site, processes: int) -> int:
    """Run a worker. PINs are asked for, and keys tried, before any of its processes starts."""
    _limit_threads()
    settings = site.settings  # read before the fork: all processes work by the same
    pins = _pins(site)

    from pipeline.work import logs  # noqa: PLC0415 - below: nothing that computes is loaded before the limit is set
    from pipeline.work.opening import open_hands  # noqa: PLC0415
    from pipeline.work.worker import run_worker, stopping, worker_name  # noqa: PLC0415

    logs.begin("worker", settings.site)
    return run_worker(settings.site, lambda: open_hands(settings, worker_name(), _answering(pins), stopping), processes)


@click.command(
    help=t(
        "Trông việc chung: trả lại việc của tiến trình bị mất, gọi tiến trình xử lý khi có việc.",
        "Look after shared work: give back what lost workers had, wake workers when there is work.",
    )
)
@click.option("--once", is_flag=True, help=t("Một vòng rồi kết thúc.", "One round, then end."))
@pass_site
def sweeper(site: Site, once: bool) -> int:
    """Run the sweeper, or one round of it."""
    from pipeline.storage import bundled  # noqa: PLC0415
    from pipeline.work import logs  # noqa: PLC0415
    from pipeline.work import sweeper as sweeping  # noqa: PLC0415
    from pipeline.work.leftovers import clear_area, hourly  # noqa: PLC0415

    if once:
        found = sweeping.sweep(site.ledger, site.bell)
        told = (found.given_back, found.parked, found.rung)
        vi = "Trả lại {} tệp, để riêng {} tệp, gọi {} lần."
        en = "Gave back {} files, parked {}, rang {} times."
        err.print(t(vi.format(*told), en.format(*told)))
        return 0
    logs.begin("sweeper", site.settings.site)
    sweeping.run_sweeper(
        site.settings.site,
        [
            hourly(lambda: clear_area(site.ledger, site.desks.area)),
            hourly(lambda: bundled.turn_logs(site.settings.site.data)),
        ],
    )
    return 0


def _limit_threads() -> None:
    """Start this program again with the limit on threads, unless it was started so: libraries look when they load."""
    if os.environ.get(_THREADS) == "1":
        return
    os.environ[_THREADS] = "1"
    try:
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - this program
    except OSError as error:
        raise WorkerRefused(what=f"{_THREADS}=1: {error.strerror}") from error


# -- PINs -------------------------------------------------------------------------------------------------------

_Answer = tuple[Mapping[Text, str], SohoaError | None]


def _pins(site: Site) -> Mapping[Text, str]:
    """The PINs that the keys of this installation want, each tried, so that no wrong one is tried again and again.

    The keys are opened in a process that ends before the worker starts: libraries of tokens must not be forked.

    Raises:
        KeyMissing, KeyExpired, KeyUnusable, SigningFailed: a key cannot be used.
    """
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    trying = context.Process(target=_try_keys, args=(site, there))
    trying.start()
    there.close()
    try:
        pins, error = _received(here)
    except EOFError as gone:
        raise WorkerRefused(what=t("không mở được khóa ký", "the signing keys could not be opened")) from gone
    finally:
        trying.join()
    if error is not None:
        raise error
    return pins


def _received(here: Connection) -> _Answer:
    answer: _Answer = here.recv()
    return answer


def _try_keys(site: Site, there: Connection) -> None:
    from pipeline import packaging  # noqa: PLC0415

    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - multiprocessing gave this process an empty one
    pins: dict[Text, str] = {}

    def ask(question: Text) -> str:
        pins[question] = site.pin(question)
        return pins[question]

    failed: SohoaError | None = None
    keys = site.settings.site.keys
    try:
        with (
            packaging.open_key("officer", keys.officer, site.now(), ask),
            packaging.open_key("agency", keys.agency, site.now(), ask),
        ):
            pass
    except SohoaError as error:
        failed = error
    there.send((pins, failed))


def _answering(pins: Mapping[Text, str]) -> Callable[[Text], str]:
    return lambda question: pins.get(question, "")
