"""Names that columns of home-made logs go by, for each field, and how sure each makes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from tracetui.model import SpanKind

_NAMES: Mapping[str, str] = {
    "trace_id": "trace_id:95 traceid:95 trace:75 run_id:85 execution_id:80 request_id:75 correlation_id:75 task_run_id:75 workflow_id:60 episode_id:70 invocation_id:65 run:80 run_key:80 runkey:80 run_name:60 run_no:75 run_number:75 episode:70 episode_no:70 rollout:70 rollout_id:75 job:60 job_id:70 task_id:60 conversation:45 conversation_id:45 thread_id:45 chat_id:45 session_id:45 session:40 lauf:80 lauf_id:85 laufnummer:75 vorgang_id:75 vorgangs_id:75 vorgangsnummer:75 ablauf_id:75",
    "span_id": "span_id:95 spanid:95 observation_id:90 event_id:75 step_id:75 id:75 uuid:70 call_id:65 message_id:60 step_no:60 step_number:60 row_id:65 span:80 uid:65 schritt:55 schritt_id:80 schritt_nr:60 schrittnummer:60 lfd_nr:55 step:50",
    "parent_id": "parent_id:95 parent_span_id:95 parentid:95 parentspanid:95 parent:85 parent_run_id:90 parent_observation_id:90 parent_step_id:90 parent_step:80 caller_id:60 parent_uid:90 parent_span:90 up:45 eltern_id:90 eltern:70 elternschritt:85 uebergeordnet:70 vorgaenger:45",
    "session_id": "session_id:90 thread_id:90 conversation_id:90 chat_id:80 session:75 conversation:70 sitzung:75 sitzungs_id:90 sitzung_id:90 gespraech:70 gespraechs_id:85",
    "user_id": "user_id:90 user:70 username:70 customer_id:60 benutzer:70 benutzer_id:85 nutzer:70 nutzer_id:85",
    "name": "name:90 span_name:95 operation_name:90 operation:85 event_name:80 step_name:90 node:70 action:65 phase:65 stage:65 event:60 step:50 title:55 function:60 function_name:65 method:55 activity:60 what:45 message:35 msg:35 op:70 op_name:80 label:60 vorgang:65 bezeichnung:75 schritt:50 aktion:65 ereignis:60 titel:55 funktion:60",
    "kind": "kind:85 span_kind:90 type:70 run_type:90 span_type:90 event_type:75 step_type:80 category:60 node_type:75 art:75 typ:70 kategorie:60 schrittart:80 schritttyp:80",
    "start": "start_time:95 started_at:95 start:85 start_ts:90 start_timestamp:90 timestamp_start:90 started:80 start_date:60 begin:75 begin_time:85 timestamp:80 ts:80 time:75 created_at:75 created:70 datetime:75 date:60 at:60 event_time:75 logged_at:65 when:70 opened:65 opened_at:80 open_time:70 t0:70 t_start:80 began:75 began_at:85 zeitpunkt:75 zeit:65 beginn:80 startzeit:90 zeitstempel:80 startzeitpunkt:90 datum:60 uhrzeit:60 gestartet:75 begonnen:75 erstellt:65",
    "end": "end_time:95 ended_at:95 end:85 end_ts:90 end_timestamp:90 timestamp_end:90 finished_at:95 completed_at:90 finished:75 stop_time:85 ended:80 closed:65 closed_at:80 close_time:70 t1:60 t_end:80 finish:75 finish_time:90 finish_ts:90 stop:60 stopped:70 stopped_at:85 completed:60 until:60 ende:80 endzeit:90 endzeitpunkt:90 beendet:75 abgeschlossen:65",
    "duration": "duration:85 latency:85 elapsed:80 took:75 runtime:65 response_time:75 total_duration:85 execution_time:85 processing_time:75 time_taken:80 elapsed_time:85 total_time:65 dur:80 wall_time:70 took_time:70 secs:70 seconds:70 ms:65 msec:65 millis:65 milliseconds:70 dauer:85 laufzeit:80 antwortzeit:75 time_spent:80 spent:65 taken:65",
    "input": "input:90 inputs:90 prompt:85 question:80 query:80 request:75 messages:70 user_message:80 user_input:85 arguments:70 args:70 instruction:70 ticket:40 content:40 text:35 text_in:75 in:45 payload:45 action_input:75 tool_input:75 task:60 goal:70 eingabe:85 frage:80 anfrage:75 auftrag:65 aufgabe:60",
    "output": "output:90 outputs:90 response:85 completion:80 answer:85 result:80 results:70 reply:75 final_output:80 assistant_message:80 prediction:70 generation:70 text_out:75 out:45 observation:70 tool_output:75 final:60 final_answer:85 ausgabe:85 antwort:85 ergebnis:80 resultat:75",
    "model": "model:90 model_name:95 model_id:90 llm:60 llm_model:90 engine:60 deployment:50 modell:85",
    "provider": "provider:85 vendor:65 model_provider:90 anbieter:80",
    "agent": "agent:85 agent_name:95 agent_id:70 assistant:50",
    "tool_name": "tool_name:95 tool:80 function_called:75 werkzeug:80",
    "input_tokens": "input_tokens:95 prompt_tokens:95 tokens_in:90 tokens_input:90 n_prompt_tokens:90 in_tokens:85 tok_in:85 toks_in:85 token_in:85 in_tok:80 in_toks:80 prompt_tok:85 prompt_toks:85 input_tok:85 tokens_prompt:90 prompt_token_count:90 input_token_count:90 num_input_tokens:90 n_input_tokens:90 eingabe_tokens:90 tokens_eingabe:90 eingabetokens:90",
    "output_tokens": "output_tokens:95 completion_tokens:95 tokens_out:90 tokens_output:90 generated_tokens:85 out_tokens:85 tok_out:85 toks_out:85 token_out:85 out_tok:80 out_toks:80 completion_tok:85 completion_toks:85 output_tok:85 tokens_completion:90 completion_token_count:90 output_token_count:90 num_output_tokens:90 n_output_tokens:90 ausgabe_tokens:90 tokens_ausgabe:90 ausgabetokens:90",
    "total_tokens": "total_tokens:95 tokens:75 token_count:75 tokens_total:90 tokens_used:85 num_tokens:80 tok:60 toks:60 total_tok:85 tok_total:85 total_token_count:90 tokens_gesamt:85 gesamt_tokens:85 gesamttokens:85",
    "cost": "cost:85 cost_usd:95 total_cost:90 total_cost_usd:95 price:60 usd:60 price_usd:85 kosten:80 kosten_usd:90",
    "status": "status:85 state:60 outcome:75 success:80 succeeded:80 ok:70 is_error:80 status_code:80 passed:60 level:60 severity:55 erfolg:70 erfolgreich:80 zustand:60",
    "error": "error:90 error_message:95 exception:85 err:80 failure:70 error_msg:95 stacktrace:50 traceback:55 failure_reason:80 fehler:80 exc:75 fehlermeldung:90 fehlertext:85 ausnahme:65",
    "steps": "spans:90 steps:90 substeps:80 sub_steps:80 trajectory:75 children:70 turns:65 actions:65 calls:60 log:60 step_log:70 execution_log:65 agent_steps:80 tool_calls:60 tools_used:60 tools_called:60 schritte:85",
}  # fmt: skip
NAMES: Mapping[str, Mapping[str, int]] = {
    field: {word.partition(":")[0]: int(word.partition(":")[2]) for word in words.split()}
    for field, words in _NAMES.items()
}
"""For each field, plain names and their confidence."""

GROUPS = frozenset(
    [
        "run", "lauf", "run_key", "runkey", "run_name", "run_no", "run_number", "episode", "episode_no", "rollout", "rollout_id",
        "job", "job_id", "task_id", "conversation", "conversation_id", "thread_id", "chat_id", "session_id", "session",
    ]
)  # fmt: skip
"""Names that tell runs only where rows share their values."""

UNIT_ENDINGS: Mapping[str, str] = {
    "_unix_nano": "ns", "_nanoseconds": "ns", "_nanos": "ns", "_ns": "ns", "_microseconds": "us", "_micros": "us",
    "_us": "us", "_milliseconds": "ms", "_millis": "ms", "_msec": "ms", "_ms": "ms", "_seconds": "s", "_secs": "s",
    "_sec": "s", "_s": "s", "_millisekunden": "ms", "_sekunden": "s", "_sek": "s",
}  # fmt: skip
_UNIT_FIRST = re.compile(
    r"(?P<unit>ns|nanos|nanoseconds|us|micros|microseconds|ms|msec|millis|milliseconds|secs?|seconds|sekunden)_(?P<bare>\w+)"
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OTHER_SIGNS = re.compile(r"[^a-z0-9]+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def plain_name(column: str) -> str:
    """A column's name in snake_case: `startTime`, `Start Time` and `start-time` are the same."""
    return _OTHER_SIGNS.sub("_", _HUMP.sub("_", column[:200]).lower().translate(_UMLAUTS)).strip("_")


def unit_in(name: str) -> tuple[str, str | None]:
    """A plain name without its unit, and the unit that it names: `took_ms` and `ms_taken`."""
    for ending, unit in UNIT_ENDINGS.items():
        if name.endswith(ending) and len(name) > len(ending):
            return name.removesuffix(ending), unit
        if f"_{name}" == ending:
            return name, unit
    first = _UNIT_FIRST.fullmatch(name)
    return (first["bare"], UNIT_ENDINGS[f"_{first['unit']}"]) if first is not None else (name, None)


_KINDS: Mapping[str, SpanKind] = MappingProxyType(
    {
        **{str(kind).lower(): kind for kind in SpanKind},
        **dict.fromkeys(("model", "generation", "chat", "completion", "llm_call", "chat_model", "model_call", "modell"), SpanKind.LLM),
        **dict.fromkeys(("tool_call", "function", "function_call", "action", "tool_use", "werkzeug", "aktion"), SpanKind.TOOL),
        **dict.fromkeys(("retrieval", "search", "rag", "suche"), SpanKind.RETRIEVER),
        **dict.fromkeys(("workflow", "span", "pipeline", "task", "ablauf"), SpanKind.CHAIN),
        **dict.fromkeys(("evaluation", "eval", "score", "bewertung"), SpanKind.EVALUATOR),
        **dict.fromkeys(("human", "human_approval", "confirmation", "freigabe"), SpanKind.APPROVAL),
    }
)  # fmt: skip


_EVENT_ENDING = re.compile(
    r"_(calls?|run|steps?|start|started|begin|end|ended|finish|finished|done|completed?|failed|error|request|response|result"
    r"|exec|execute|execution|executed|invoke|invoked|invocation|event|usage|aufruf|anfrage|schritt)\Z"
)
_EVENT_BEGINNING = re.compile(r"\A(on|call|calling|exec|execute|run|running|invoke|start|end)_")


def kind_named(word: str) -> SpanKind | None:
    """The kind of step that a word stands for, in whatever case and with whatever between its parts.

    `agent_start`, `LLMCall`, `tool.exec` and `call_llm` stand for what they are events of.
    """
    plain = plain_name(word)
    while (found := _KINDS.get(plain)) is None:
        shorter = _EVENT_ENDING.sub("", plain)
        shorter = shorter if shorter != plain else _EVENT_BEGINNING.sub("", plain)
        if shorter == plain:
            return None
        plain = shorter
    return found
