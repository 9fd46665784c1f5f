"""``sohoa status`` and ``sohoa metrics``: what a person or a program is told, whatever is down."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pipeline.cli import base, status
from pipeline.cli import metrics as metrics_command
from pipeline.cli.base import Site
from pipeline.dossier import Dossier
from pipeline.errors import BadValue, BrokerDown, Damaged, DatabaseDown, SohoaError, StoreDown, WorkStuck
from pipeline.settings import Broker, Database, bundled_folder, load
from pipeline.settings import Site as SiteSettings
from pipeline.work.ledger import Beat, ItemState, Job, JobState, Lease, Ledger, NewItem, Urgency
from pipeline.work.ledger.tables import BEATS, ITEMS
from tests.fixtures.brokers import Valkey, valkey_server  # noqa: F401 - a fixture
from tests.fixtures.store import site_in

HOSTILE = "phường\n[red]Đông[/]\u202e 👪 \udcff [/nothing]"


@pytest.fixture
def healthy(bucket_site: SiteSettings, valkey_server: Valkey, tmp_path: Path) -> Iterator[SiteSettings]:  # noqa: F811
    """An installation with store and broker up, and a ledger of this test alone."""
    data = tmp_path / "var"
    (data / "services").mkdir(parents=True)
    for name in ("state.json", "s3.json"):
        (data / "services" / name).write_bytes((bucket_site.data / "services" / name).read_bytes())
    yield bucket_site.model_copy(update={"data": data, "broker": Broker(url=valkey_server.url)})


def office(settings: SiteSettings) -> Site:
    """What commands get, for an installation with these settings."""
    made = Site()
    made.__dict__["settings"] = load(bundled_folder()).model_copy(update={"site": settings})
    return made


def run(settings: SiteSettings, *words: str, command: Any = status.status) -> Result:
    done = CliRunner().invoke(command, list(words), obj=office(settings), standalone_mode=False)
    if done.exception is not None and not isinstance(done.exception, SohoaError):
        raise done.exception
    return done


def look(settings: SiteSettings) -> tuple[int, dict[str, Any]]:
    done = run(settings, "--json")
    return done.return_value, json.loads(done.stdout)


def fill(ledger: Ledger, name: str = "hộp 1", count: int = 3) -> None:
    ledger.open_job(Job(name, "backfill", name, Urgency.BACKFILL))
    ledger.plan(name, [NewItem(f"{n}.pdf", f"{n}.pdf", Dossier(f"H{n}", "1.1"), 10, 2) for n in range(count)])
    for item in ledger.planned(name, count):
        ledger.feed(item.id, f"{item.id:064x}", 10)


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """No cell of a table is broken, whatever the width of the terminal."""
    monkeypatch.setattr(base.out, "width", 200)


# -- status -----------------------------------------------------------------------------------------------------


def test_all_is_well(healthy: SiteSettings) -> None:
    ledger = Ledger(healthy)
    fill(ledger)
    lease = ledger.claim("may-1")
    assert isinstance(lease, Lease)

    def live() -> None:
        ledger.renew(lease, "page 2")
        ledger.beat(Beat("may-1", "may", 1, "page 2", pages=4, documents=1, pages_per_minute=20.0))

    live()
    code, told = look(healthy)
    assert (code, told["ok"], told["troubles"]) == (0, True, [])
    assert [part["up"] for part in told["parts"]] == [True, True, True]
    (job,) = told["jobs"]
    assert (job["state"], job["items"]["ready"], job["items"]["reading"], job["pages"]) == ("running", 2, 1, 6)
    (worker,) = told["workers"]
    assert (worker["alive"], worker["items"][0]["doing"]) == (True, "page 2")
    assert told["bells"] == 0
    live()  # the machine may be slow
    shown = run(healthy).stdout
    for words in ("hộp 1", "đọc trang 2", "Không có gì bị kẹt", "may-1"):
        assert words in shown
    ledger.close()


def test_both_languages(healthy: SiteSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(healthy)
    fill(ledger)
    ledger.set_job("hộp 1", JobState.PAUSED)
    assert "tạm dừng" in run(healthy).stdout
    monkeypatch.setattr(base, "language", "en")
    shown = run(healthy).stdout
    assert "Job hộp 1 is paused" in shown
    assert "Nothing is stuck" in shown
    ledger.close()


def test_what_was_parked_is_told_with_what_to_do_and_without_names(healthy: SiteSettings) -> None:
    ledger = Ledger(healthy)
    fill(ledger)
    for error in (Damaged(name="Nguyễn Văn A.pdf", what="x"), StoreDown(where="Trần Thị B")):
        lease = ledger.claim("may-1")
        assert isinstance(lease, Lease)
        ledger.let_go(lease, error)
    ledger.beat(Beat("may-1", "may", 1))
    code, told = look(healthy)
    assert code == 0  # papers that wait for a person are no fault of the engine
    assert [(each["rule"], each["count"]) for each in told["parked"]] == [("Damaged", 1)]
    assert [(each["rule"], each["count"]) for each in told["retrying"]] == [("StoreDown", 1)]
    for text in (json.dumps(told, ensure_ascii=False), run(healthy).stdout):
        assert "quét" in text
        assert "Nguyễn" not in text
        assert "Trần" not in text
    ledger.close()


def test_work_that_nobody_does(healthy: SiteSettings) -> None:
    ledger = Ledger(healthy)
    fill(ledger)
    assert look(healthy)[0] == 0  # it was put in just now
    with ledger.transaction() as connection:
        connection.execute(ITEMS.update().values(changed_at=ITEMS.c.changed_at - 3600))
    code, told = look(healthy)
    assert (code, told["troubles"][0]["rule"]) == (WorkStuck.exit_code, "WorkStuck")
    ledger.beat(Beat("may-1", "may", 1))
    assert look(healthy)[0] == 0  # it started just now
    with ledger.transaction() as connection:
        connection.execute(BEATS.update().values(started_at=BEATS.c.started_at - 3600))
    code, told = look(healthy)
    assert (code, told["troubles"][0]["rule"]) == (WorkStuck.exit_code, "WorkStuck")
    assert "all workers are idle" in json.dumps(told["troubles"])
    ledger.beat(Beat("may-1", "may", 1, pages_per_minute=0.5))
    assert look(healthy)[0] == 0
    ledger.claim("may-2")
    with ledger.transaction() as connection:
        connection.execute(ITEMS.update().where(ITEMS.c.token != "").values(lease_until=1.0))
    code, told = look(healthy)
    assert (code, told["leases"]["over"]) == (WorkStuck.exit_code, 1)
    ledger.close()


@pytest.mark.parametrize("down", [DatabaseDown, StoreDown, BrokerDown])
def test_with_one_part_down(
    healthy: SiteSettings, down: type[SohoaError], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status, "_SECONDS", 2.0)
    with socket.create_server(("127.0.0.1", 0)) as deaf:  # takes connections and says nothing
        port = deaf.getsockname()[1] if down is StoreDown else 1
        (tmp_path / "key").write_text("key")
        store = healthy.store.model_copy(
            update={
                "endpoint": f"127.0.0.1:{port}",
                "secure": False,
                "access_key_file": tmp_path / "key",
                "secret_key_file": tmp_path / "key",
            }
        )
        change = {
            DatabaseDown: {"database": Database(url=f"postgresql://sohoa@127.0.0.1:{port}/sohoa")},
            StoreDown: {"store": store},
            BrokerDown: {"broker": Broker(url=f"redis://127.0.0.1:{port}/0")},
        }[down]
        code, told = look(healthy.model_copy(update=change))
    assert code == down.exit_code
    assert sum(part["up"] for part in told["parts"]) == 2
    assert [each["rule"] for each in told["troubles"]] == [down.__name__]


def test_with_everything_down_and_nothing_begun(tmp_path: Path) -> None:
    site = site_in(tmp_path).model_copy(update={"database": Database(url="postgresql://x@127.0.0.1:1/x")})
    code, told = look(site)
    assert code == DatabaseDown.exit_code
    assert [part["up"] for part in told["parts"]] == [False, False, False]
    shown = run(site).stdout
    assert "sohoa services up" in shown
    code, told = look(site_in(tmp_path / "new"))
    assert (code, told["jobs"]) == (StoreDown.exit_code, [])


def test_hostile_names_do_not_spoil_the_picture(healthy: SiteSettings) -> None:
    ledger = Ledger(healthy)
    fill(ledger, HOSTILE)
    ledger.set_job(HOSTILE, JobState.STOPPED)
    ledger.beat(Beat("[/red]\u202e", "\n", 1, "[blink]"))
    shown = run(healthy).stdout
    assert "\u202e" not in shown
    assert "[red]Đông[/]" in shown
    assert look(healthy)[1]["jobs"][0]["name"].startswith("phường\n")
    ledger.close()


def test_watching_goes_on_until_told_to_end(healthy: SiteSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(healthy)
    fill(ledger)
    rounds = iter([1, 2])

    def sleep(_seconds: float) -> None:
        if next(rounds, None) is None:
            raise KeyboardInterrupt
        lease = ledger.claim("may-1")
        assert isinstance(lease, Lease)
        ledger.finish(lease, ItemState.PARKED, (), {}, Damaged(name="x", what="y"))

    monkeypatch.setattr(status.time, "sleep", sleep)
    done = run(healthy, "--watch", "--json")
    seen = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["jobs"][0]["items"]["parked"] for each in seen] == [0, 1, 2]
    assert done.return_value == 0
    ledger.close()


# -- metrics ----------------------------------------------------------------------------------------------------


def test_metrics_once(healthy: SiteSettings) -> None:
    ledger = Ledger(healthy)
    fill(ledger)
    text = run(healthy, "--once", command=metrics_command.metrics).stdout
    assert 'sohoa_items{state="ready",urgency="backfill"} 3.0' in text
    assert 'sohoa_part_up{part="broker"} 1.0' in text
    assert "hộp" not in text
    again = run(healthy, "--once", command=metrics_command.metrics).stdout
    assert [line for line in text.splitlines() if "sohoa_job_" in line] == [
        line for line in again.splitlines() if "sohoa_job_" in line
    ]
    ledger.close()


@pytest.mark.parametrize("address", ["9808", "nowhere:9808", "127.0.0.1:http", "127.0.0.1:99999", ""])
def test_a_wrong_address_is_refused(tmp_path: Path, address: str) -> None:
    done = run(site_in(tmp_path), "--listen", address, command=metrics_command.metrics)
    assert isinstance(done.exception, BadValue)


def test_metrics_are_served_until_told_to_end(tmp_path: Path) -> None:
    script = "from pipeline.cli.metrics import metrics; metrics()"
    shutil.copytree(bundled_folder(), tmp_path / "config")
    environment = {**os.environ, "SOHOA_CONFIG": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    order = [sys.executable, "-c", script, "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(order, env=environment, cwd=tmp_path, stdout=-1, stderr=-1, text=True)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        with urllib.request.urlopen(address, timeout=60) as answer:
            assert b"sohoa_part_up" in answer.read()
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0
        events = [json.loads(line)["event"] for line in said.splitlines()]
        assert events == ["key_of_its_own", "service_started", "service_stopped"]
    finally:
        process.kill()
        process.wait()
