"""``metrics``: what Prometheus asks for, served on loopback or printed once."""

from __future__ import annotations

import ipaddress
import signal
import threading

import click
from prometheus_client import CollectorRegistry, generate_latest

from pipeline.cli.base import Site, err, out, pass_site, t
from pipeline.errors import BadValue
from pipeline.work import logs
from pipeline.work import metrics as figures
from pipeline.work.logs import Event

_DEFAULT = "127.0.0.1:9808"


@click.command(
    name="metrics",
    help=t(
        "Cho Prometheus xem các số đo của việc số hóa (đếm từ sổ việc mỗi khi được hỏi).",
        "Serve the figures of the engine to Prometheus (counted from the ledger whenever asked).",
    ),
)
@click.option("--listen", default=_DEFAULT, metavar=t("ĐỊA-CHỈ:CỔNG", "HOST:PORT"), show_default=True)
@click.option("--once", is_flag=True, help=t("In ra một lần rồi thôi.", "Print them once and end."))
@pass_site
def metrics(site: Site, listen: str, once: bool) -> None:
    """Serve until asked to end."""
    settings = site.settings.site
    if once:
        registry = CollectorRegistry()
        registry.register(figures.EngineCollector(settings, site.bell))
        click.echo(generate_latest(registry).decode(), nl=False)
        return
    host, port = _address(listen)
    exporter = figures.serve(settings, site.bell, host, port)
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: over.set())
    logs.begin("exporter", settings)
    try:
        logs.info(Event.SERVICE_STARTED)
        out.print(f"http://{exporter.address}/metrics")
        if not ipaddress.ip_address(host.strip("[]")).is_loopback:
            said = t("Ai tới được cổng này cũng đọc được số đo.", "Whoever reaches this port can read the figures.")
            err.print(f"[yellow]![/] {said}")
        over.wait()
    except KeyboardInterrupt:
        pass
    finally:
        exporter.close()
        logs.info(Event.SERVICE_STOPPED)


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    try:
        return str(ipaddress.ip_address(host.strip("[]"))), _port(port)
    except ValueError as error:
        raise BadValue(field="--listen", what=_DEFAULT) from error


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65_535:
        raise ValueError(text)
    return number
