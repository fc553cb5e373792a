"""Faults, provoked for real: one function a row of the reliability table, the same for either tool.

The tests ask that nothing is wrong; ``python -m tests.benchmarks.faults`` puts the figures side by side.
"""
