"""The only door to the operating system: files, locks, downloads, commands, processes, ports."""
