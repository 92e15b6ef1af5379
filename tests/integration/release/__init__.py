"""Releases to a real registry on this machine, with a login and TLS."""
