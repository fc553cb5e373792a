"""What separates two tables, without holding either in memory: values as hashes, rows matched by them."""
