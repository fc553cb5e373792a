"""Runs and models in MLflow. The only room that imports mlflow, and only inside functions."""
