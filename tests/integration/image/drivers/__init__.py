"""Small programs that start the image as their users do, with test libraries and compose as they are."""
