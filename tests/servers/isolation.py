"""The comparison of two worlds: the same requests to both, answers compared byte for byte."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from request_grammar import Grammar
from rest_clinic import Answer, Clinic
from twin_worlds import Twins
from wire_request import Asked

PARTS = 8
# What is opaque or random by design: tokens of pages, numbers of requests, boundaries, moments.
MASKS = (
    (re.compile(rb"_page=[A-Za-z0-9_\-]{256}(?=[\"&])"), b"_page="),
    (re.compile(rb"Internal error [0-9a-f]{32}"), b"Internal error"),
)
UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
UNTOLD = frozenset({"Date", "X-Request-Id", "Content-Length"})
# A reference to somebody else, wherever a resource can have one.
OTHERS = re.compile(rb'"reference":"(?:[^"]*/)?Patient/(?!A")(?!old")([^"/]+)')
OWN = re.compile(rb'"reference":"Patient/(?:A|old)"|"resourceType":"Patient","id":"(?:A|old)"|of A')
NEXT = re.compile(rb'"relation":"next","url":"https://clinic.example([^"]+)"')
LONGEST = 8
OFTEN = {"all": 12, "writing": 2, "reading": 1, "results": 1, "person": 2, "granular": 5,
         "doctor": 4, "nurse": 1}  # fmt: skip


@dataclass
class Share:
    """How many answers there were, how many succeeded with own data, by status."""

    all: int = 0
    own: int = 0
    statuses: dict[int, int] = field(default_factory=dict)

    def count(self, answer: Answer) -> None:
        self.all += 1
        self.own += answer.status == 200 and OWN.search(answer.body) is not None
        self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1


@dataclass(frozen=True)
class Exchange:
    """One request of one token to both of its worlds."""

    token: str
    asked: Asked
    here: Clinic
    there: Clinic

    def answers(self) -> tuple[Answer, Answer]:
        asked = self.asked
        twin = asked._replace(path=asked.twin or asked.path)
        return asked.send(self.here, self.token), twin.send(self.there, self.token)

    def leaks(self, answer: Answer) -> bool:
        """Return whether a patient is shown a reference to somebody else."""
        return self.token not in {"doctor", "nurse"} and OTHERS.search(answer.body) is not None

    def __str__(self) -> str:
        return f"as {self.token}: {self.asked}"


def masked(answer: Answer):
    body = answer.body
    for pattern, instead in MASKS:
        body = pattern.sub(instead, body)
    kept = tuple(pair for pair in answer.headers if pair[0] not in UNTOLD)
    return answer.status, kept, len(answer.body), body


def wrong(exchange: Exchange, here: Answer, there: Answer) -> str | None:
    """Return what is wrong with the answers to one request, if anything is."""
    if masked(here) != masked(there):
        return "the worlds differ"
    if exchange.leaks(here):
        return "somebody else is named"
    if exchange.asked.owner not in {"", exchange.token} and here.status == 200:
        return "a page link of another caller opens"
    return "it failed" if here.status >= 500 else None


def through_flask(twins: Twins) -> Twins:
    """Return the worlds, of which each second one answers without the fast path."""
    pairs = {token: (here, replace(there, app=there.app.behind))
             for token, (here, there) in twins.pairs.items()}  # fmt: skip
    return replace(twins, pairs=pairs)


def compared(
    twins: Twins, seed: int, most: int, shares: Share
) -> Iterator[tuple[Exchange, Answer, Answer]]:
    """Yield up to `most` exchanges, each with what both worlds answered, in short sequences.

    A sequence is of one token; the next links in its answers go to a pool of which every later
    sequence takes, whoever asks.
    """
    dice = random.Random(seed)  # noqa: S311 (no secret)
    grammar = Grammar(dice, twins.content)
    done = 0
    while done < most:
        token = dice.choices(list(twins.pairs), [OFTEN[one] for one in twins.pairs])[0]
        grammar.token = token
        for _ in range(min(dice.randint(1, LONGEST), most - done)):
            exchange = Exchange(token, grammar.asked(), *twins.pairs[token])
            first, second = exchange.answers()
            links = zip(NEXT.findall(first.body), NEXT.findall(second.body), strict=False)
            grammar.links += [(one.decode(), other.decode(), token) for one, other in links]
            shares.count(first)
            done += 1
            yield exchange, first, second
