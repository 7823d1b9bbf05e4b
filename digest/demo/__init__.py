"""The whole way on bundled feeds: the real pipeline with other settings."""
