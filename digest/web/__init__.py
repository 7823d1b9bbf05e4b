"""The pages: subscribe, confirm, choose, leave and read, for whom mail alone is not enough."""
