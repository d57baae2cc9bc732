"""Behind a proxy the pages know who asks, and nobody gets a fresh address by writing one (V-09, S-28)."""

from __future__ import annotations

import re
from http.client import HTTPConnection

import pytest

from tests.concurrency.server import Server
from tests.world import make_olga

WRONG = "email=olga%40abono.example&password=wrong&csrfmiddlewaretoken="


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("ACC-3", part="slow answers")
@pytest.mark.parametrize(
    ("proxies", "said", "slowed"),
    [
        ("1", "198.51.100.{}, 203.0.113.7", True),  # who guesses writes the first, the proxy adds the second
        ("0", "198.51.100.{}", True),  # without a proxy all of it is written by who guesses
        ("1", "203.0.113.7, 198.51.100.{}", False),  # seven people behind one proxy
    ],
)
def test_an_address_that_is_written_before_that_of_the_proxy_does_not_begin_anew(
    proxies: str, said: str, slowed: bool
) -> None:
    make_olga()
    running = Server(ABONO_PROXIES=proxies)
    connection = HTTPConnection("127.0.0.1", running.port, timeout=60)
    try:
        connection.request("GET", "/en/sign-in/")
        answer = connection.getresponse()
        cookie = str(answer.getheader("set-cookie")).partition(";")[0]
        token = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', answer.read())
        assert token is not None
        statuses = []
        for number in range(7):
            connection.request(
                "POST",
                "/en/sign-in/",
                WRONG + token[1].decode(),
                {
                    "content-type": "application/x-www-form-urlencoded",
                    "cookie": cookie,
                    "x-forwarded-for": said.format(number),
                },
            )
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
        assert statuses[:5] == [422] * 5
        assert (429 in statuses[5:]) == slowed
    finally:
        connection.close()
        running.end(15)
