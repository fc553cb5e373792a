"""The nouns of the pages in JupyterLab: what is asked over REST, and what is answered beside other
entities."""

from jupyter_mlops.entities.panels.data import DatasetPage, DatasetSummary, DataSides, VersionQuery
from jupyter_mlops.entities.panels.events import Change, Problem, Topic, Work, WorkState, WorkVerb
from jupyter_mlops.entities.panels.models import CardPage, CardQuery, Decision, ModelDetails, ModelSummary
from jupyter_mlops.entities.panels.notebooks import (
    CellBadge,
    FormField,
    MetricChange,
    NotebookBadges,
    NotebookInfo,
    NotebookQuery,
    RunNotebook,
)
from jupyter_mlops.entities.panels.pipelines import (
    PipelineDetails,
    PipelineQuery,
    PipelineSummary,
    RunPipeline,
)
from jupyter_mlops.entities.panels.project import ProjectInfo
from jupyter_mlops.entities.panels.runs import (
    DiffQuery,
    ExecutedNotebook,
    LogText,
    MetricPoints,
    MetricsQuery,
    Restore,
    RestoredNotebook,
    RunChoice,
    RunComparison,
    RunPage,
    RunProgress,
    RunQuery,
    RunRow,
)
from jupyter_mlops.entities.panels.schedules import (
    AddSchedule,
    RunNow,
    ScheduleForm,
    SlotsQuery,
    WhenPreview,
    WhenQuery,
)

__all__ = [
    "AddSchedule",
    "CardPage",
    "CardQuery",
    "CellBadge",
    "Change",
    "DataSides",
    "DatasetPage",
    "DatasetSummary",
    "Decision",
    "DiffQuery",
    "ExecutedNotebook",
    "FormField",
    "LogText",
    "MetricChange",
    "MetricPoints",
    "MetricsQuery",
    "ModelDetails",
    "ModelSummary",
    "NotebookBadges",
    "NotebookInfo",
    "NotebookQuery",
    "PipelineDetails",
    "PipelineQuery",
    "PipelineSummary",
    "Problem",
    "ProjectInfo",
    "Restore",
    "RestoredNotebook",
    "RunChoice",
    "RunComparison",
    "RunNotebook",
    "RunNow",
    "RunPage",
    "RunPipeline",
    "RunProgress",
    "RunQuery",
    "RunRow",
    "ScheduleForm",
    "SlotsQuery",
    "Topic",
    "VersionQuery",
    "WhenPreview",
    "WhenQuery",
    "Work",
    "WorkState",
    "WorkVerb",
]
