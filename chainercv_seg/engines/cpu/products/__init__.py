"""Matrix products, and convolution by them."""
