"""What holds for all tests."""

from hypothesis import HealthCheck, settings

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("nnstudio", deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("nnstudio")
