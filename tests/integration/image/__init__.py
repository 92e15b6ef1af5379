"""What is made of images: the examples."""
