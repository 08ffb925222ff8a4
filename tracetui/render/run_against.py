"""A run against several good ones: what it lacks, the most usual first, and what none of them did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tracetui.analysis.diff.consensus import Consensus, Usual
from tracetui.analysis.diff.volatile import Volatile
from tracetui.read_model import Run
from tracetui.render.markdown_writing import code, table
from tracetui.render.run_card import called_words
from tracetui.render.run_diff import deed_text, figure_words, run_words
from tracetui.render.safe import safe
from tracetui.render.step_diff import rule_words

_ARGUMENT_CHARACTERS = 200
_ID_CHARACTERS = 12
_MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class AgainstLine:
    """A line, and the run and step that it tells of; None for none."""

    text: str
    run_id: str | None = None
    step: int | None = None


def consensus_lines(run: Run, consensus: Consensus, rule: Volatile) -> Iterator[str]:
    """Everything that differs as readable lines."""
    return (line.text for line in consensus_card(run, consensus, rule))


def consensus_card(run: Run, consensus: Consensus, rule: Volatile) -> Iterator[AgainstLine]:
    """The same, each line with the step that it tells of."""
    yield AgainstLine(f"Run  {run_words(run)}")
    yield AgainstLine(_against(consensus))
    if consensus.is_empty:
        yield AgainstLine("No difference in what was done.")
    for usual in consensus.missing:
        where = _where(usual)
        told = f"  − in {_share(usual, consensus)}: {_called(usual)}{f'  ({where})' if where else ''}"
        yield AgainstLine(told, usual.runs[0] if usual.runs else None, usual.step)
    for words, deeds in (("in none", consensus.extra), ("more often than in any", consensus.again)):
        yield from (AgainstLine(f"  + {words}: {deed_text(deed)}", run.run_id, deed.step) for deed in deeds)
    yield AgainstLine(f"Left out of values: {rule_words(rule)}")


def consensus_markdown(run: Run, consensus: Consensus, rule: Volatile) -> Iterator[str]:
    """The same for a pull request: tables whose cells no text of a trace can leave."""
    yield "### Run compared with good ones"
    yield ""
    figures = code(" · ".join(figure_words(run)))
    cells = (code(run.run_id), code(run.name or ""), str(run.status), figures)
    yield from table(("run", "name", "status", "figures"), [cells])
    yield ""
    yield f"{_against(consensus)}: {', '.join(code(each) for each in consensus.runs)}"
    yield ""
    rows = [
        ("−", f"in {_share(usual, consensus)}", code(_called(usual)), code(_where(usual)))
        for usual in consensus.missing
    ]
    for words, deeds in (("in none", consensus.extra), ("more often than in any", consensus.again)):
        rows += [("+", words, code(deed_text(deed)), "") for deed in deeds]
    if rows:
        yield from table(("", "good runs", "call", "first in"), rows[:_MOST_ROWS])
    else:
        yield "No difference in what was done."
    yield ""
    if len(rows) > _MOST_ROWS:
        yield f"{len(rows) - _MOST_ROWS:,} further calls are not listed."
        yield ""
    yield code(f"Left out of values: {rule_words(rule)}")


def _against(consensus: Consensus) -> str:
    return f"against {consensus.good_runs:,} good run{'' if consensus.good_runs == 1 else 's'}"


def _share(usual: Usual, consensus: Consensus) -> str:
    is_all = usual.good_runs == consensus.good_runs
    return "all" if is_all else f"{usual.good_runs:,} of {consensus.good_runs:,}"


def _called(usual: Usual) -> str:
    return called_words(safe(usual.name), safe(usual.arguments, _ARGUMENT_CHARACTERS))


def _where(usual: Usual) -> str:
    """The first run that made a call, and at which step."""
    if not usual.runs:
        return ""
    step = f", step {usual.step:,}" if usual.step else ""
    return f"run {safe(usual.runs[0][:_ID_CHARACTERS])}{step}"
