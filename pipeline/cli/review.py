"""The human gate: ``review``, over papers of this machine and those that workers took to the gate anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import click

from pipeline.cli import shapes, shared, views
from pipeline.cli.base import Site, echo_json, exit_status, json_option, pass_site, pin_option, t, tell
from pipeline.cli.desk import at_the_gate
from pipeline.dossier import Document, State
from pipeline.errors import ConfigError, InUse, UnknownRecord
from pipeline.recipe import Office
from pipeline.work import Crew, Outcome, Run


@click.command(
    help=t(
        "Xem và xác nhận giấy tờ đang chờ người; xong thì giấy tờ đi tiếp đến kho.",
        "Look at documents that wait for a person and confirm them; they then go on to the store.",
    )
)
@click.argument("ids", nargs=-1)
@click.option("--list", "only_list", is_flag=True, help=t("Chỉ liệt kê.", "Only list them."))
@click.option("--accept", is_flag=True, help=t("Chấp nhận các giá trị như đã đọc.", "Accept the values as read."))
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help=t("Sửa một trường.", "Correct a field."))
@click.option("--type", "type_key", default="", help=t("Sửa loại giấy tờ.", "Correct the type."))
@click.option("--editor", default="", help=t("Người xác nhận.", "Who confirms."))
@click.option("--override", default="", help=t("Lý do vẫn lưu.", "Why to store it all the same."))
@json_option
@pin_option
@pass_site
def review(
    site: Site,
    ids: tuple[str, ...],
    only_list: bool,
    accept: bool,
    changes: tuple[str, ...],
    type_key: str,
    editor: str,
    override: str,
    as_json: bool,
) -> int:
    """The human gate in the terminal."""
    here = [document for document in site.journal.everything() if _waits(document, ids)]
    elsewhere = shared.waiting(site, lambda document: _waits(document, ids))
    every = [*here, *(document for one in elsewhere for document in one.documents)]
    for missing in (name for name in ids if not any(document.id.startswith(name) for document in every)):
        raise UnknownRecord(id=missing)
    if only_list or not every:
        if as_json:
            echo_json([shapes.document(document) for document in every])
        else:
            views.waiting_table(every, site.settings)
        return 0
    given = _changes(changes)
    if type_key and site.settings.type(type_key) is None:
        raise ConfigError(
            file="--type", line=0, what=type_key, hint=t("Xem config/document_types.", "See config/document_types.")
        )
    office = site.office()
    with site.crew() as crew:
        gate = _Gate(
            site, office, crew, override, editor or office.officer.name, given, type_key, accept or bool(given)
        )
        gate.over(here)
        gate.over_shared(elsewhere, lambda document: _waits(document, ids))
    if as_json:
        echo_json(shapes.run(gate.results))
    else:
        views.run_table(gate.results, site.settings)
    return exit_status([result.error for result in gate.results if result.error is not None])


@dataclass
class _Gate:
    """A person at the gate, and what came of it."""

    site: Site
    office: Office
    crew: Crew
    override: str
    editor: str
    given: dict[str, str]
    type_key: str
    unasked: bool
    results: list[Outcome] = field(default_factory=list)

    def over(self, documents: Iterable[Document]) -> None:
        """Confirm papers of this machine."""
        for document in documents:
            self._confirm(document, Run(document.dossier, self.office, self.site.journal, self.crew, self.override))

    def over_shared(self, sources: Iterable[shared.Waiting], waits: Callable[[Document], bool]) -> None:
        """Confirm papers that are in the ledger, each source of them taken out of it meanwhile."""
        for one in sources:
            journal = self.site.desks.journal
            office = replace(self.office, keep=journal.keep, folder=journal.files)
            try:
                with shared.taken_up(self.site, one.item, office, self.crew, self.override) as order:
                    for document in order.journal.documents(one.item.sha256):
                        if waits(document):
                            self._confirm(document, order)
            except InUse as error:
                tell(error)

    def _confirm(self, document: Document, order: Run) -> None:
        confirmed = at_the_gate(
            document, self.site, order, self.editor, self.given, self.type_key, unasked=self.unasked
        )
        if confirmed is not None:
            self.results.append(confirmed)
            if confirmed.error is not None:
                tell(confirmed.error)


def _waits(document: Document, ids: Sequence[str]) -> bool:
    named = not ids or any(document.id.startswith(name) for name in ids)
    return named and document.state is not State.STORED


def _changes(pairs: Iterable[str]) -> dict[str, str]:
    changes = {}
    for pair in pairs:
        key, found, value = pair.partition("=")
        if not found:
            raise click.BadParameter(t("phải có dạng KEY=VALUE", "must be KEY=VALUE"), param_hint="--set")
        changes[key.strip()] = value.strip()
    return changes
