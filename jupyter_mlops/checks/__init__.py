"""Checks on data, features and models."""
