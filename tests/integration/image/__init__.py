"""Tests of the image: what it promises, and drivers that others have made, unmodified."""
