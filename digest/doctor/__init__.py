"""What people get wrong, looked for: each thing as ok, warn or bad, and what to do about it."""
