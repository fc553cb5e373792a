"""The catalogue of the project's datasets: their versions, content, uses and lineage."""
