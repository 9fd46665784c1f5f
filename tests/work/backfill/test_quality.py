"""The second round of quality control, on a real ledger."""

from dataclasses import replace

import pytest

from pipeline.errors import BadValue, UnknownRecord
from pipeline.settings import Backfill
from pipeline.work.backfill import quality
from pipeline.work.backfill.statistics import Verdict
from pipeline.work.ledger import ItemState, JobState
from pipeline.work.ledger.quality import Judgement, QualityBook
from tests.fixtures.postgres import database, postgres  # noqa: F401 - fixtures
from tests.work.backfill.archive import document, open_archive

FIELDS = ("so_ky_hieu", "ngay_cap")
ALL = Backfill(sample=1.0)
FEW = Backfill(sample=0.01)


@pytest.fixture(params=["sqlite", "postgresql"])
def archive(request, tmp_path):
    made = open_archive(tmp_path, request.getfixturevalue("database") if request.param == "postgresql" else None)
    yield made
    made.ledger.close()


@pytest.fixture
def shelf(tmp_path):
    """As ``archive``, on SQLite alone: for what the database makes no difference to."""
    made = open_archive(tmp_path)
    yield made
    made.ledger.close()


def _wrong(id, *fields, who="lan"):
    return Judgement(id, right=False, who=who, fields=fields or ("so_ky_hieu",))


def _right(id, who="lan"):
    return Judgement(id, right=True, who=who)


def _verdicts(book, archive, rules):
    return {one.batch: one.verdict for one in quality.standings(book, archive.job.id, rules)}


def test_batches_are_judged_by_what_people_say(archive):
    book = QualityBook(archive.ledger)
    for batch in ("hop-1", "hop-2"):
        for _ in range(4):
            archive.put(batch=batch)
    assert quality.draw(book, archive.job.id, 1.0) == 8
    assert quality.draw(book, archive.job.id, 1.0) == 0
    assert _verdicts(book, archive, ALL) == {"hop-1": Verdict.OPEN, "hop-2": Verdict.OPEN}
    for id in archive.ids[:4]:
        quality.say(book, archive.job.id, _right(id), FIELDS)
    quality.say(book, archive.job.id, _wrong(archive.ids[4]), FIELDS)
    assert _verdicts(book, archive, ALL) == {"hop-1": Verdict.ACCEPTED, "hop-2": Verdict.REJECTED}
    left = [one.found.id for one in quality.to_look_at(book, archive.job.id, ALL)]
    assert left == archive.ids[5:]
    for id in left:
        quality.say(book, archive.job.id, _right(id), FIELDS)
    found = {one.batch: one for one in quality.standings(book, archive.job.id, ALL)}
    assert found["hop-2"].verdict is Verdict.GONE_THROUGH
    assert (found["hop-2"].rate.wrong, found["hop-2"].rate.looked) == (1, 4)
    assert found["hop-2"].faults == {"so_ky_hieu": 1}


def test_a_batch_that_chance_left_out_gives_one_document_when_it_is_complete(archive):
    book = QualityBook(archive.ledger)
    for _ in range(3):
        archive.put(batch="hop-1")
    archive.put(ItemState.PLANNED, batch="hop-1")
    assert quality.draw(book, archive.job.id, 1e-9) == 0
    archive.ledger.refuse(archive.ledger.planned(archive.job.id, 1)[0].id, BadValue(field="x", what="y"))
    assert quality.draw(book, archive.job.id, 1e-9) == 1
    assert quality.draw(book, archive.job.id, 1e-9) == 0
    (one,) = book.draws(archive.job.id)
    assert one in archive.ids


def test_all_of_a_rejected_batch_is_to_be_looked_at_the_sample_first(shelf):
    book = QualityBook(shelf.ledger)
    for _ in range(6):
        shelf.put(batch="hop-1")
    quality.draw(book, shelf.job.id, 1e-9)
    (drawn,) = book.draws(shelf.job.id)
    assert [one.found.id for one in quality.to_look_at(book, shelf.job.id, FEW)] == [drawn]
    quality.say(book, shelf.job.id, _wrong(drawn), FIELDS)
    rest = [one.found.id for one in quality.to_look_at(book, shelf.job.id, FEW)]
    assert sorted([*rest, drawn]) == sorted(shelf.ids)
    # What is found in the rest says nothing of the sample: it was not drawn by chance.
    quality.say(book, shelf.job.id, _wrong(rest[0]), FIELDS)
    (one,) = quality.standings(book, shelf.job.id, FEW)
    assert (one.rate.wrong, one.rate.looked) == (1, 1)


def test_only_what_policy_accepted_and_the_store_has_is_drawn(shelf):
    documents = [
        document("a", accepted_by="person"),
        document("b"),
        document("c", state="officer_signed"),
        document("d", accepted_by=""),
    ]
    shelf.put(documents=documents, batch="hop-1")
    shelf.put(ItemState.WAITING, documents=[document("e"), document("f", state="officer_signed")], batch="hop-2")
    shelf.put(ItemState.PARKED, batch="hop-4", documents=[], error=BadValue(field="x", what="y"))
    shelf.put(ItemState.CLEARED, documents=[document("g", state="officer_signed")], batch="hop-3")
    book = QualityBook(shelf.ledger)
    quality.draw(book, shelf.job.id, 1.0)
    assert set(book.draws(shelf.job.id)) == {document("b").id, document("e").id}
    assert _verdicts(book, shelf, ALL) == {
        "hop-1": Verdict.OPEN,
        "hop-2": Verdict.OPEN,
        "hop-3": Verdict.OPEN,
        "hop-4": Verdict.UNTOUCHED,
    }


def test_drawing_goes_on_while_the_backfill_runs(shelf):
    book = QualityBook(shelf.ledger)
    for _ in range(15):
        shelf.put(batch="hop-1")
        quality.draw(book, shelf.job.id, 0.3)
    piecemeal = set(book.draws(shelf.job.id))
    at_once = {id for id in shelf.ids if quality.sampling.falls_on(shelf.job.id, id, 0.3)}
    assert at_once <= piecemeal
    assert len(piecemeal - at_once) <= 1  # a stand-in, drawn while the batch looked complete


def test_the_same_content_twice_is_one_document(shelf):
    shelf.put(documents=[document("a")], batch="hop-1")
    shelf.put(documents=[document("a")], batch="hop-1")
    book = QualityBook(shelf.ledger)
    assert quality.draw(book, shelf.job.id, 1.0) == 1
    assert len(list(book.accepted(shelf.job.id))) == 1
    (one,) = quality.standings(book, shelf.job.id, ALL)
    assert (one.tally.documents, one.tally.drawn, one.tally.unseen) == (1, 1, 1)


def test_the_last_judgement_counts_and_none_is_lost(shelf):
    (id,) = shelf.put(batch="hop-1")
    book = QualityBook(shelf.ledger)
    quality.draw(book, shelf.job.id, 1.0)
    quality.say(book, shelf.job.id, _wrong(id, "so_ky_hieu", "type"), FIELDS)
    shelf.tick(60)
    quality.say(book, shelf.job.id, _right(id, who="minh"), FIELDS)
    assert _verdicts(book, shelf, ALL) == {"hop-1": Verdict.ACCEPTED}
    (last,) = book.judgements(shelf.job.id)
    assert (last.right, last.who) == (True, "minh")
    first, second = book.judgements(shelf.job.id, every=True)
    assert (first.fields, first.who) == (("so_ky_hieu", "type"), "lan")
    assert second.at - first.at == pytest.approx(60)


def test_a_shortened_id_will_do_if_it_is_the_only_one(shelf):
    ids = [shelf.put(documents=[document(seed)])[0] for seed in ("a", "b", "c")]
    book = QualityBook(shelf.ledger)
    assert quality.find(book, shelf.job.id, ids[1][:6]).found.id == ids[1]
    for nobody in ("", "%", "_", "zz", "\x00", "\udc80", "'; drop table item"):
        with pytest.raises(UnknownRecord):
            quality.find(book, shelf.job.id, nobody)


@pytest.mark.parametrize(
    "judgement",
    [
        Judgement("", right=False, who="lan"),
        Judgement("", right=True, who="lan", fields=("type",)),
        Judgement("", right=False, who="lan", fields=("no_such",)),
        Judgement("", right=False, who="lan", fields=("type",), note="x" * 1001),
    ],
)
def test_what_cannot_be_meant_is_refused(shelf, judgement):
    (id,) = shelf.put()
    book = QualityBook(shelf.ledger)
    with pytest.raises(BadValue):
        quality.say(book, shelf.job.id, Judgement(id, judgement.right, "lan", judgement.fields, judgement.note), FIELDS)
    assert not book.judgements(shelf.job.id)


def test_a_share_of_nothing_draws_nothing(shelf):
    shelf.put(batch="hop-1")
    assert quality.draw(QualityBook(shelf.ledger), shelf.job.id, 0.0) == 0
    assert _verdicts(QualityBook(shelf.ledger), shelf, Backfill(sample=0.0)) == {"hop-1": Verdict.OPEN}


def test_an_empty_job_has_no_batches(shelf):
    assert quality.standings(QualityBook(shelf.ledger), shelf.job.id, ALL) == []


def test_all_of_a_job_is_gone_through_in_its_order_and_nothing_of_others(archive, monkeypatch):
    monkeypatch.setattr("pipeline.work.ledger.quality._BATCH", 2)
    other = archive.ledger.open_job(replace(archive.job, id="kho-2", name="other"))
    put = {archive.job.id: [], other.id: []}
    for number in range(9):
        archive.job = archive.ledger.job(archive.job.id if number % 3 else other.id)
        count = number % 4
        found = [document(f"{number}-{place}", accepted_by="policy" if place else "person") for place in range(count)]
        archive.put(documents=found, name=f"{number}.pdf")
        put[archive.job.id].append((f"{number}.pdf", sorted(found, key=lambda one: one.id)))
        archive.ledger.set_job(archive.job.id, JobState.RUNNING)
    book = QualityBook(archive.ledger)
    for job, sources in put.items():
        assert [item.name for item in book.items(job)] == [name for name, _ in sources]
        papers = [(name, one.id) for name, found in sources for one in found]
        assert [(paper.name, paper.found.id) for paper in book.documents(job)] == papers
        accepted = [one.id for _, found in sources for one in found if one.accepted_by == "policy"]
        assert [paper.found.id for paper in book.accepted(job)] == accepted
    assert list(book.items("nobody")) == list(book.documents("nobody")) == []
