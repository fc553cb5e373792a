"""Pipelines: notebooks chained, cached, run in parallel here or on a Dask cluster."""
