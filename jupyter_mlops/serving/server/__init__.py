"""`serve`: MLflow's scoring server behind a proxy that follows an alias."""
