"""digest: reads the news about Japan's car industry so that its readers need not."""
