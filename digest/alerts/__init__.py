"""From stories to what cannot wait for the next issue."""
