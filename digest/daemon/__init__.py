"""The service: ticks, signals, draining; what systemd hears; taking over a new configuration.

`service` runs the parts at their ticks and ends them, `parts` is what each of them does, `pages`
keeps the pages served, `reload` takes over what the operator has changed, `clockguard` sees the
clock jump (`jumps` decides what a jump is), `notify` and `pulse` tell a supervisor how we are.
"""

from digest.daemon.service import GRACE, Service, serve

__all__ = ["GRACE", "Service", "serve"]
