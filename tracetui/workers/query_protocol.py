"""What the query worker and its parent say to each other, in the frames of `workers.protocol`.

The parent sends `open` once, then any of the others; all but `open`, `interrupt` and `forget` have an `id`, which
every answer repeats; that of `run` is the number of its result from then on.

open        database, folder, limits, is_unsafe           -> ready | failed
run         id, query, parameters, kept, prices           -> begun, progress…, ended | failed
statements  id, script                                    -> answer
export      id, result, target, kind                      -> progress…, answer | failed
rows        id, result, start, stop                       -> answer: values as `store.wire` has them, maybe fewer rows
cells       id, result, start, stop, columns, characters  -> answer: texts
cell        id, result, row, column, start, count         -> answer: text, length
interrupt   id of what is to stop                         -> (what it stops ends or fails)
forget      result
"""

from __future__ import annotations

from pathlib import Path

NO_ID = 0
BYTES_A_PIECE = 4_000_000
CHARACTERS_A_FRAME = 4_000_000
CHARACTERS_A_VALUE = 256_000
"""What is longer is asked for piece by piece."""


def result_path(folder: Path, result: int) -> Path:
    """Where the rows of a result are kept in the folder of the session."""
    return folder / f"result-{result}.arrow"


def result_files(folder: Path, result: int) -> list[Path]:
    """All files that make up a finished result."""
    path = result_path(folder, result)
    return [path, path.with_name(f"{path.name}.json")]
