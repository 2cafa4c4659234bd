"""The web: routes, the live stream and the command line."""

__version__ = "0.1.0"
