#!/bin/sh
# Write every sample again that a script makes. Virtual environments of their own are needed, because the old packages,
# the current ones, Phoenix, MLflow and the agent frameworks do not fit together:
#   python3.11 -m venv current && current/bin/pip install -r requirements.txt          (and so on)
#   PYTHON=current/bin/python LEGACY=legacy/bin/python PHOENIX=phoenix/bin/python \
#   MLFLOW=mlflow/bin/python AGENTS=agents/bin/python INSPECT=inspect/bin/python ADK=adk/bin/python \
#   LANGWATCH=langwatch/bin/python STRANDS=strands/bin/python CREWAI=crewai/bin/python \
#   AUTOGEN=autogen/bin/python MINISWE=miniswe/bin/python OPENHANDS=openhands/bin/python CLAUDE=…/claude CODEX=…/codex GEMINI=…/gemini ./make_all.sh
# AUTOGEN is requirements-autogen.txt, MINISWE is mini-swe-agent 2.4.6,
# OPENHANDS openhands-sdk 1.58.0 (Python 3.12); CLAUDE, CODEX and GEMINI are the programs as npm
# installs them (@anthropic-ai/claude-code 2.1.197, @openai/codex 0.169.0, @google/gemini-cli 0.61.0).
# AI is a folder with the npm packages that vercel_ai_sdk.mjs names.
# ADK is google-adk 2.13.0 alone, LANGWATCH langwatch 1.4.0 with openai 3.54.0,
# STRANDS and CREWAI are requirements-strands.txt and requirements-crewai.txt.
set -eu
cd "$(dirname "$0")"
export PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1
"${PYTHON:?}" otlp_genai.py
"$PYTHON" openinference_sdk.py
"$PYTHON" otel_console.py
"$PYTHON" openai_agents_sdk.py
"$PYTHON" openai_run_state_sdk.py
"$PYTHON" langsmith_sdk.py
"${LEGACY:?}" otlp_legacy.py
"${PHOENIX:?}" phoenix_export.py
"${MLFLOW:?}" mlflow_sdk.py
"$MLFLOW" braintrust_sdk.py
"${AGENTS:?}" smolagents_sdk.py
"$AGENTS" pydantic_ai_sdk.py
"${INSPECT:?}" inspect_ai_sdk.py
"$INSPECT" inspect_ai_memory.py
"${ADK:?}" google_adk_sdk.py
"$ADK" google_adk_memory.py
"$ADK" google_adk_compaction.py
"${LANGWATCH:?}" langwatch_sdk.py
"${STRANDS:?}" strands_sdk.py
"${CREWAI:?}" crewai_sdk.py
"${AUTOGEN:?}" autogen_sdk.py
"${MINISWE:?}" mini_swe_agent_sdk.py
"${OPENHANDS:?}" openhands_sdk.py
export CLAUDE CODEX GEMINI
"$PYTHON" claude_code_cli.py
"$PYTHON" codex_cli.py
"$PYTHON" gemini_cli_run.py
cp vercel_ai_sdk.mjs "${AI:?}/" && (cd "$AI" && node vercel_ai_sdk.mjs "$OLDPWD/../otlp")
"$PYTHON" langgraph_history.py
"$PYTHON" langgraph_memory.py
"$PYTHON" other_backends.py
"$PYTHON" plain_story.py
"$PYTHON" langfuse_exports.py
"$PYTHON" small_vendors.py
"$PYTHON" bundles.py
"$PYTHON" check_samples.py
