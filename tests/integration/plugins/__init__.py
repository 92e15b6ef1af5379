"""Plug-ins: a jar that is compiled here, and the presets, in one executable and on the JVM."""
