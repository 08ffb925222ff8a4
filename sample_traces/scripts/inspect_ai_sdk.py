"""Inspect AI: a small evaluation run by the real `inspect_ai` with its own `mockllm`, written as `.eval` and `.json`.

Four questions about orders: one is answered, one tool call fails and is tried again, one runs into its message limit,
one breaks because a tool raises. The model plays scripted answers; nothing is asked over a network.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from fixed_world import without_paths
from inspect_ai import Task
from inspect_ai import eval as run_eval
from inspect_ai.dataset import Sample
from inspect_ai.log import read_eval_log, write_eval_log
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import includes
from inspect_ai.solver import Generate, Solver, TaskState, generate, solver, system_message, use_tools
from inspect_ai.tool import Tool, ToolError, tool
from inspect_ai.util import store

FOLDER = Path(__file__).resolve().parent.parent / "inspect_ai"
ORDERS = {"4711": "shipped, arrives on Friday", "4712": "waiting for payment"}


@tool
def look_up_order() -> Tool:
    async def execute(number: str) -> str:
        """Look an order up.

        Args:
            number: The order's number, digits only.
        """
        store().set("last_order", number)
        if number == "0000":
            raise RuntimeError("order database is gone")
        if not number.isdigit():
            raise ToolError(f"'{number}' is no order number; give digits only")
        return ORDERS.get(number, "unknown")

    return execute


@solver
def remember_customer() -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:  # noqa: ARG001 - what a solver is given
        state.store.set("customer", state.metadata["customer"])
        return state

    return solve


def asks(number: str) -> ModelOutput:
    return with_usage(
        ModelOutput.for_tool_call("mockllm/model", "look_up_order", {"number": number}), 120, 18
    )


def says(text: str) -> ModelOutput:
    return with_usage(ModelOutput.from_content("mockllm/model", text), 160, 24)


def with_usage(output: ModelOutput, given: int, answered: int) -> ModelOutput:
    output.usage = ModelUsage(
        input_tokens=given, output_tokens=answered, total_tokens=given + answered, input_tokens_cache_read=64
    )
    return output


ANSWERS = [
    [asks("4711"), says("Order 4711 has shipped and arrives on Friday.")],
    [asks("#4712"), asks("4712"), says("Order 4712 is waiting for payment.")],
    [asks("4713") for _ in range(4)],
    [asks("0000")],
]


def task() -> Task:
    questions = [
        ("Where is my order 4711?", "Friday", "Ada"),
        ("What about #4712?", "payment", "Ben"),
        (
            "Order 4713 please. " + "I have been waiting for it since the beginning of the month. " * 3,
            "4713",
            "Cleo",
        ),
        ("And 0000?", "unknown", "Dan"),
    ]
    samples = [
        Sample(id=f"order-{number}", input=text, target=target, metadata={"customer": customer})
        for number, (text, target, customer) in enumerate(questions, 1)
    ]
    return Task(
        name="order_desk",
        dataset=samples,
        solver=[
            system_message("You answer questions about orders. Look each order up before you answer."),
            remember_customer(),
            use_tools(look_up_order()),
            generate(),
        ],
        scorer=includes(),
        message_limit=8,
    )


def main() -> None:
    work = Path(tempfile.mkdtemp())
    answers = [answer for story in ANSWERS for answer in story]
    run_eval(
        task(),
        model=get_model("mockllm/model", custom_outputs=answers),
        log_dir=str(work),
        max_samples=1,
        fail_on_error=False,
        display="none",
        log_model_api=False,
        metadata={"desk": "orders"},
    )
    (log,) = work.glob("*.eval")
    whole = read_eval_log(str(log))
    whole.eval.revision, whole.eval.model_args = None, {}
    for sample in whole.samples or []:
        errors = [sample.error, *(event.error for event in sample.events if event.event == "error")]
        for error in errors:
            if error is not None:
                error.traceback = error.traceback_ansi = last_lines(error.traceback)
    FOLDER.mkdir(exist_ok=True)
    write_eval_log(whole, str(FOLDER / log.name), format="eval")


def last_lines(traceback: str) -> str:
    """The innermost calls of a trace of calls, without folders of this machine."""
    lines = [line.lstrip(" |") for line in without_paths(traceback).splitlines() if "^^^" not in line]
    inner = [line for line in lines if line.strip() and not line.startswith("+")][-5:]
    return "\n".join(["Traceback (most recent call last):", *(f"  {line}" for line in inner[:-1]), inner[-1]])


if __name__ == "__main__":
    main()
