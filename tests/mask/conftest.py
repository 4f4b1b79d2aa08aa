"""Settings of the mask tests."""

from hypothesis import HealthCheck, settings

# A loaded machine may take its time: no verdict here depends on how long an example runs.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
