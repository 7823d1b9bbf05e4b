"""From stories to a frozen issue: calendar, compose, render, publish."""
