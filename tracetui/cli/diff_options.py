"""Which options of `tracetui diff` cannot work together."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from tracetui.errors import UsageError

_WHAT = ("--runs", "--steps", "--step", "--against", "--against-same")
"""What is compared; but for good runs, named and chosen, one of these alone."""
_OF_RUNS = ("--level", "--key", "--writes", "--reads", "--filter", "--show-sql")


def keys_of(ignore: Iterable[str]) -> list[str]:
    """The keys of --ignore, of which several may stand in one list with commas."""
    return [key.strip() for words in ignore for key in words.split(",") if key.strip()]


def check_options(given: Collection[str], writes: Iterable[str], reads: Iterable[str]) -> None:
    """Raises UsageError where some of the given options cannot work together."""
    what = [name for name in _WHAT if name in given]
    if len(what) > 1 and what != ["--against", "--against-same"]:
        raise UsageError(f"{what[0]} and {what[1]} cannot go together", "Each says what is compared.")
    if "--runs" in given and "--run" in given:
        raise UsageError("--runs and --run cannot go together", "Each says what is compared.")
    if "--run" in given and not what:
        raise UsageError(
            "there is nothing to compare --run with",
            "Add --step, --steps, --against or --against-same; or --runs A B.",
        )
    if "--steps" in what or "--step" in what:
        lost = next((name for name in _OF_RUNS if name in given), None)
        if lost is not None:
            raise UsageError(
                f"{what[0]} and {lost} cannot go together", f"{lost} is for comparisons of runs."
            )
    lost = next((name for name in ("--filter", "--show-sql") if name in given), None)
    if lost is not None and {"--against", "--against-same"} & set(given):
        raise UsageError(f"{lost} and {what[0]} cannot go together", "It is about steps of two runs.")
    if "--json" in given and "--markdown" in given:
        raise UsageError("--json and --markdown cannot go together")
    both = sorted(set(writes) & set(reads))
    if both:
        raise UsageError(f"{both[0]} is given to both --writes and --reads")
