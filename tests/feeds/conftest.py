"""Settings of this stage's property tests."""

from hypothesis import settings

# A time limit for one example measures the machine's other work; pytest-timeout guards the whole.
settings.register_profile("digest", deadline=None)
settings.load_profile("digest")
