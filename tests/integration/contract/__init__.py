"""The contract of the image, on what runs in it: variables and mounted files in, a configuration or a broker out."""
