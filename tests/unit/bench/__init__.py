"""Tests of the bench, which share small recordings."""
