"""``mlops.yaml`` changed by a program: comments, order and quotes stay as a person wrote them."""
