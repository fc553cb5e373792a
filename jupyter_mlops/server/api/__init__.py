"""REST under ``/jupyter-mlops/``: what the pages in JupyterLab ask, each path once, in tables of routes."""
