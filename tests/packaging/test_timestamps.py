"""Time stamps from the first authority that answers as it should."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from asn1crypto import tsp

from pipeline.errors import SigningFailed
from pipeline.packaging import SigningKey, open_key, sign_officer, verify
from pipeline.packaging.signing import standing, timestamps
from pipeline.settings import Keys, Legal
from pki import Pki
from tests.packaging.conftest import Made

NOW = datetime.now(UTC)
LATER = "/pki/tsa/tsa-later"


@pytest.fixture(autouse=True)
def _anew() -> None:
    timestamps.forget()
    standing.forget()


@pytest.fixture
def keys(pki: Pki, pki_keys: Keys) -> Keys:
    """Two authorities."""
    urls = (pki.tsa(), pki.tsa("tsa-later"))
    return pki_keys.model_copy(update={"timestamp_urls": urls, "timestamp_seconds": 1.0})


@pytest.fixture
def key(keys: Keys) -> SigningKey:
    return open_key("officer", keys.officer, NOW)


Sign = Callable[..., Path]


@pytest.fixture
def sign(made: Made, legal: Legal, key: SigningKey, keys: Keys, tmp_path: Path) -> Sign:
    """Sign, with settings changed."""

    def sign(**changed: object) -> Path:
        out = tmp_path / "out.pdf"
        sign_officer(made.plain, out, key, legal, NOW, keys.model_copy(update=changed))
        facts = verify(out, keys.trust).signatures[0]
        assert (facts.intact, facts.trusted, facts.time_proven) == (True, True, True)
        return out

    return sign


def test_the_first_that_answers(sign: Sign, pki: Pki) -> None:
    sign()
    assert LATER not in pki.asked


def test_a_batch_asks_once_a_document(sign: Sign, pki: Pki) -> None:
    sign()
    pki.asked.clear()
    for _ in range(3):
        sign()
    assert pki.asked == {"/pki/tsa/tsa": 3}


@pytest.mark.parametrize("trouble", ["down", "slow"])
def test_the_next_when_one_does_not_answer_and_no_more_waiting(trouble: str, sign: Sign, pki: Pki) -> None:
    if trouble == "down":
        pki.down.add("tsa/tsa")
    else:
        pki.slow["tsa/tsa"] = 2
    sign()
    assert pki.asked["/pki/tsa/tsa"] == 1
    sign()
    assert pki.asked["/pki/tsa/tsa"] == 1
    pki.down.clear()
    pki.slow.clear()
    sign(timestamp_retry_minutes=0)
    assert pki.asked["/pki/tsa/tsa"] > 1


def test_one_that_goes_down_within_a_batch(sign: Sign, pki: Pki) -> None:
    sign(level="B-LT")
    pki.down.add("tsa/tsa")
    sign(level="B-LT")
    pki.asked.clear()
    sign(level="B-LT")
    assert pki.asked == {LATER: 1}


def test_all_fail_each_with_its_reason(
    sign: Sign, pki: Pki, answering: Callable[[Callable[[bytes], bytes]], str], tmp_path: Path
) -> None:
    pki.down.add("tsa/tsa")
    pki.slow["tsa/tsa-later"] = 2
    rubbish = answering(lambda _: b"not at all")
    with pytest.raises(SigningFailed) as raised:
        sign(timestamp_urls=(pki.tsa(), pki.tsa("tsa-later"), rubbish, "http://127.0.0.1:1/"))
    told = raised.value.text.vi
    assert raised.value.retryable
    for reason in ("503", "1 giây", "không phải dấu thời gian", "không kết nối"):
        assert reason in told
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_clock_that_differs(hours: int, sign: Sign, pki: Pki, tmp_path: Path) -> None:
    with pki.at(datetime.now(UTC) + timedelta(hours=hours)), pytest.raises(SigningFailed) as raised:
        sign(revocation="off")
    assert f"{hours * 60:+d} phút" in raised.value.text.vi
    assert list(tmp_path.iterdir()) == []
    with pki.at(datetime.now(UTC) + timedelta(hours=hours)):
        sign(revocation="off", clock_skew_minutes=130)


def test_one_not_trusted(sign: Sign, pki: Pki, tmp_path: Path, authority: object) -> None:
    url = authority.url  # type: ignore[attr-defined]
    with pytest.raises(SigningFailed, match=r"keys\.trust"):
        sign(timestamp_urls=(url,))
    assert list(tmp_path.iterdir()) == []
    sign(timestamp_urls=(url, pki.tsa()))


def test_a_stamp_over_something_else(
    sign: Sign, pki: Pki, answering: Callable[[Callable[[bytes], bytes]], str]
) -> None:
    """An answer to another question, with the nonce of this one."""
    service = pki.architecture.service_registry.summon_timestamper("tsa")

    def other(data: bytes) -> bytes:
        request = tsp.TimeStampReq.load(data)
        request["message_imprint"]["hashed_message"] = bytes(32)
        return bytes(service.request_tsa_response(request).dump())

    def again(data: bytes) -> bytes:
        request = tsp.TimeStampReq.load(data)
        request["nonce"] = 7
        return bytes(service.request_tsa_response(request).dump())

    for answer, told in ((other, "not over what was sent"), (again, "no time stamp")):
        with pytest.raises(SigningFailed, match=told):
            sign(timestamp_urls=(answering(answer),))


def test_a_refusal_is_told_by_its_number(sign: Sign, answering: Callable[[Callable[[bytes], bytes]], str]) -> None:
    status = tsp.PKIStatusInfo(
        {"status": "rejection", "status_string": ["Nguyễn Văn Bí Mật"], "fail_info": {"bad_alg"}}
    ).dump()
    refusal = b"\x30" + bytes([len(status)]) + status
    with pytest.raises(SigningFailed) as raised:
        sign(timestamp_urls=(answering(lambda _: refusal),))
    assert "rejection, bad_alg" in raised.value.text.vi
    assert "Bí Mật" not in raised.value.text.vi


def test_secrets_in_an_address_are_not_told(sign: Sign) -> None:
    with pytest.raises(SigningFailed) as raised:
        sign(timestamp_urls=("http://user:secret@127.0.0.1:1/tsa?key=secret",))
    assert "secret" not in raised.value.text.vi


def test_an_endless_answer(sign: Sign, pki: Pki) -> None:
    class Endless(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"0")
                    time.sleep(0.05)
            except OSError:
                pass

        def log_message(self, *_: object) -> None:
            pass

    with _Serving(Endless) as url:
        sign(timestamp_urls=(url, pki.tsa()), timestamp_seconds=0.6)


@pytest.fixture
def answering() -> Iterator[Callable[[Callable[[bytes], bytes]], str]]:
    """``answering(function)``: address of an authority that answers what the function makes of the request."""
    running = []

    def serve(answer: Callable[[bytes], bytes]) -> str:
        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = answer(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        server = _Serving(Answers)
        running.append(server)
        return server.__enter__()

    yield serve
    for server in running:
        server.__exit__()


class _Serving:
    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
