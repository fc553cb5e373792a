"""The tags by which a run of ours is known in MLflow, and the folder of our artifacts."""

from __future__ import annotations

KIND = "mlops.kind"
AUTHOR = "mlops.author"  # of a model version: who registered it, as ``NAME (SOURCE)``
NOTEBOOK = "mlops.notebook"
NOTEBOOK_DIGEST = "mlops.notebook_digest"
CELL = "mlops.cell"
CELL_DIGEST = "mlops.cell_digest"
REPLACES = "mlops.replaces"
TICKET = "mlops.ticket"  # of a run in a server: by it one is found whose making was never answered
ERROR = "mlops.error"
EXIT_CODE = "mlops.exit_code"
PEAK_MEMORY = "mlops.peak_memory"
GIT_DIRTY = "mlops.git.dirty"
PYTHON = "mlops.python"
PLATFORM = "mlops.platform"
HARDWARE = "mlops.hardware"
DATASET_TAG = "mlops.dataset."  # a dataset's own tags, on the link of a run that used it
CONTEXT = "mlflow.data.context"
VERSION_NAME = "mlops.version.name"
VERSION_NUMBER = "mlops.version.number"
VERSION_DIGEST = "mlops.version.digest"
VERSION_CREATED = "mlops.version.created"
VERSION_KEY = "mlops.version.key"
VERSION_ORDERED = "mlops.version.ordered"
VERSION_SIZE = "mlops.version.size"
VERSION_WROTE = "mlops.version.wrote"
OUTPUT = "mlops.output."
PIPELINE = "mlops.pipeline"
STEP = "mlops.step"  # and, after a space, the point of its grid
STEP_KEY = "mlops.step.key"
PREDICTS = "mlops.predicts"  # the name of the model that the run scored rows by
PREDICTED = "mlops.predicted."  # a version's number follows: how many rows it answered
STEP_RECORD = "mlops.step.record."  # a number follows: a tag is too short for all of it
SCHEDULE = "mlops.schedule"  # the name of the schedule that it is a run of
SLOT = "mlops.slot"  # the number of its slot
SOURCE_COMMIT = "mlops.source.commit"  # of the code that a schedule names by git
REPLAY = "mlops.replay"  # of a run that was replayed: the verdict, and what it was found by
REPLAY_RUN = "mlops.replay.run"
REPLAY_WHEN = "mlops.replay.when"
REPLAY_TOLERANCE = "mlops.replay.tolerance"
REPLAY_KEY = "mlops.replay.key"
FREED = "mlops.freed"  # of a run whose outputs were freed, or are being freed: see `freed`
FREED_RECORD = "mlops.freed.record"
REPLAY_OF = "mlops.replay.of"  # of the replay: the run that was replayed

RUN_NAME = "mlflow.runName"
PARENT = "mlflow.parentRunId"
SOURCE_NAME = "mlflow.source.name"
SOURCE_TYPE = "mlflow.source.type"
GIT_COMMIT = "mlflow.source.git.commit"
GIT_BRANCH = "mlflow.source.git.branch"
USER = "mlflow.user"

FOLDER = "mlops"
JOURNAL = "journal.jsonl"
PROVENANCE = "provenance.json"
PARAMETERS = "parameters.json"
MANIFEST = "manifest.json"
STEPS = "pipeline.json"  # of a pipeline's run: the whole `PipelineRun`
KERNEL_LOG = "kernel.log"
OUTPUT_LOG = "output.log"
OUTPUT_LINES = "outputs.jsonl"  # beside the folder: not kept, its content is in the notebook

DATASETS = "mlops-datasets"  # the experiment that is the catalogue: a run for each dataset version
PROFILE = "profile.json"
OVERRIDDEN = "mlops.overridden"  # of a model version: it was once promoted in spite of a gate
LEDGER = "mlops-ledger"  # the experiment that holds a run for the ledger of each model
MONITORS = "mlops-monitors"  # the experiment that holds a run for the readings of each monitor
REPLAY_FILE = "replay.json"
APART = (DATASETS, LEDGER, MONITORS)  # experiments whose runs are records of ours, and no executions

RUN_VARIABLE = "JUPYTER_MLOPS_RUN_ID"
NOTEBOOK_VARIABLE = "JUPYTER_MLOPS_NOTEBOOK"
REPLAY_VARIABLE = "JUPYTER_MLOPS_REPLAY"  # of a replay's kernel: the run that is replayed
