"""A registered model in use: batches of rows, shares of them to a challenger, an HTTP server."""
