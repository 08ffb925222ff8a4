"""Prose for payloads: slices of one long text, kept both plain and as JSON string bodies."""

from __future__ import annotations

from random import Random

import orjson

_WORDS = [
    "the",
    "agent",
    "plans",
    "a",
    "flight",
    "from",
    "Vienna",
    "to",
    "Lisbon",
    "and",
    "asks",
    "for",
    "a",
    "refund",
    "of",
    "order",
    "48213",
    "because",
    "the",
    "carrier",
    "did",
    "not",
    "answer",
    "in",
    "time",
    "so",
    "the",
    "policy",
    "for",
    "délais",
    "and",
    "Verspätungen",
    "applies",
    "to",
    "every",
    "passenger",
    "of",
    "this",
    "booking",
]
_SIGNS = ('"quoted"', "line\nbreak", "C:\\path", "tab\there", '{"city": "Wien"}', "naïve ✈ 東京")
_SENTENCES = 40_000


class Texts:
    """About 2 MB of sentences; a slice is a run of whole sentences about as long as asked for."""

    def __init__(self, random: Random) -> None:
        sentences = [_sentence(random) for _ in range(_SENTENCES)]
        self._escaped = [orjson.dumps(sentence).decode()[1:-1] for sentence in sentences]
        self._mean = sum(map(len, self._escaped)) / _SENTENCES

    def slice(self, random: Random, shortest: int, longest: int) -> str:
        """A JSON string body of roughly `shortest` to `longest` characters."""
        wanted = random.randrange(shortest, longest)
        count = max(1, round(wanted / self._mean))
        first = random.randrange(_SENTENCES - count)
        text = "".join(self._escaped[first : first + count])
        return text if count > 1 else text[:wanted].rpartition(" ")[0]


def _sentence(random: Random) -> str:
    words = random.choices(_WORDS, k=random.randrange(6, 16))
    if random.random() < 0.2:
        words.append(random.choice(_SIGNS))
    return " ".join(words) + ". "
