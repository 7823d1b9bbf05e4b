"""From the web to entries: fetch, guard, decode, parse, clean."""
