"""Where the steps of a pipeline run."""
