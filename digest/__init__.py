"""digest: reads the news about Japan's car industry so that its readers need not."""

__version__ = "0.1.0"
