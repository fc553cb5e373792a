"""An .ipynb as data: read, source digest, parameters cell, tagged cells."""
