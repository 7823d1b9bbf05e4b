"""What the operator sees of a running service: health, metrics and a page, on an address apart."""
