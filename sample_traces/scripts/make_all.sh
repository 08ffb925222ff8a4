#!/bin/sh
# Write every sample again. Four virtual environments are needed, because the old packages, the current ones, Phoenix
# and MLflow do not fit together:
#   python3.11 -m venv current && current/bin/pip install -r requirements.txt          (and so on)
#   PYTHON=current/bin/python LEGACY=legacy/bin/python PHOENIX=phoenix/bin/python \
#   MLFLOW=mlflow/bin/python ./make_all.sh
set -eu
cd "$(dirname "$0")"
export PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1
"${PYTHON:?}" otlp_genai.py
"$PYTHON" openinference_sdk.py
"$PYTHON" otel_console.py
"$PYTHON" openai_agents_sdk.py
"$PYTHON" langsmith_sdk.py
"${LEGACY:?}" otlp_legacy.py
"${PHOENIX:?}" phoenix_export.py
"${MLFLOW:?}" mlflow_sdk.py
"$MLFLOW" braintrust_sdk.py
"$PYTHON" other_backends.py
"$PYTHON" plain_story.py
"$PYTHON" langfuse_exports.py
"$PYTHON" small_vendors.py
"$PYTHON" bundles.py
"$PYTHON" check_samples.py
