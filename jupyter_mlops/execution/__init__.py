"""One notebook, one run: headless through Papermill, or live in a session; journal, kernels, records."""
