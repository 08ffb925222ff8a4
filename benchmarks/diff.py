"""Measure comparisons: `python -m benchmarks.diff`.

Prints precision and recall of aligned spans, and CPU milliseconds, for runs mutated in known ways; then prompts.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable, Iterator
from functools import partial
from random import Random

from benchmarks.bars import Bar
from benchmarks.mutated_runs import MUTATIONS, Pair, pair, unrelated
from tracetui.analysis.diff.align import align
from tracetui.analysis.diff.messages import MessageMark, diff_messages, edited_pieces
from tracetui.model import Message, Part, PartType

_LIMIT_MS = {2_000: 60.0, 20_000: 800.0}
_PROMPT_MS = 150.0


def main() -> None:
    """Print figures and bars; exit with 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description="Precision, recall and time of comparisons")
    parser.add_argument("--spans", type=int, nargs="+", default=[2_000, 20_000])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    bars = [bar for spans in chosen.spans for bar in _runs(spans, chosen.seeds, chosen.rounds)]
    bars += _prompts(chosen.rounds)
    print()
    for bar in bars:
        print(bar.text())
    raise SystemExit(any(not bar.is_reached for bar in bars))


def _runs(spans: int, seeds: int, rounds: int) -> Iterator[Bar]:
    print(f"\n{spans:,} spans{'':14}precision  recall       ms")
    for name in MUTATIONS:
        pairs = [pair(name, spans, seed) for seed in range(seeds)]
        scores = [_score(each) for each in pairs]
        precision, recall = (sum(score[n] for score in scores) / seeds for n in range(2))
        took_ms = _least_ms(rounds, partial(align, pairs[0].a, pairs[0].b))
        print(f"{name:26}{precision:10.4f}{recall:8.4f}{took_ms:9.1f}")
        least = 0.9 if name == "divergence" else 0.99
        yield Bar("p", f"{name}, {spans:,} spans, precision", precision, least, "", at_least=True)
        yield Bar("r", f"{name}, {spans:,} spans, recall", recall, least, "", at_least=True)
        yield Bar("t", f"{name}, {spans:,} spans, CPU", took_ms, _LIMIT_MS.get(spans, spans / 25), "ms")
    one, other = unrelated(spans, 1)
    print(f"{'unrelated':44}{_least_ms(rounds, partial(align, one, other)):9.1f}")


def _score(made: Pair) -> tuple[float, float]:
    found = {(i, j) for i, j in enumerate(align(made.a, made.b).partner_in_b) if j != -1}
    right = len(found & made.truth)
    return right / max(len(found), 1), right / max(len(made.truth), 1)


def _least_ms(rounds: int, work: Callable[[], object]) -> float:
    took = []
    for _ in range(rounds):
        gc.collect()
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return min(took) * 1000


# --- prompts ----------------------------------------------------------------------------------------------------


def _prompts(rounds: int) -> Iterator[Bar]:
    random = Random(3)
    prompt = [_message(random, n) for n in range(200)]
    size = sum(len(part.content or "") for message in prompt for part in message.parts)
    print(f"\n200 messages, {size / 1000:.0f} kB{'':10}     ms  edited")
    changed = {
        "two appended": [*prompt, _message(random, 0), _message(random, 1)],
        "60 gone, a summary": [
            _message(random, 0),
            *(_edited(random, m) if m in prompt[70:72] else m for m in prompt[60:]),
        ],
        "another run after 60": [*prompt[:60], *(_message(random, n) for n in range(140))],
        "40 edited": [_edited(random, m) if n % 5 == 0 else m for n, m in enumerate(prompt)],
        "nothing in common": [_message(random, n) for n in range(200)],
    }
    for name, other in changed.items():
        took_ms = _least_ms(rounds, partial(_with_words, prompt, other))
        print(f"{name:26}{took_ms:13.1f}{_with_words(prompt, other):8}")
        yield Bar("m", f"prompts, {name}, CPU", took_ms, _PROMPT_MS, "ms")


def _with_words(a: list[Message], b: list[Message]) -> int:
    found = diff_messages(a, b)
    edited = [
        c for c in found.changes if c.mark is MessageMark.EDITED and c.a is not None and c.b is not None
    ]
    return sum(1 for c in edited if edited_pieces(a[c.a or 0], b[c.b or 0]))


def _message(random: Random, number: int) -> Message:
    words = " ".join(f"w{random.randrange(3_000)}" for _ in range(100))
    return Message(("user", "assistant")[number % 2], (Part(PartType.TEXT, words),))


def _edited(random: Random, message: Message) -> Message:
    words = (message.parts[0].content or "").split()
    for _ in range(6):
        words[random.randrange(len(words))] = f"edited{random.randrange(999)}"
    return Message(message.role, (Part(PartType.TEXT, " ".join(words)),))


if __name__ == "__main__":
    main()
