"""`Project`: one short method per verb; the rooms are wired here and nowhere else."""

from jupyter_mlops.project.project import Project, load_model

__all__ = ["Project", "load_model"]
