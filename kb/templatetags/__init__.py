"""What the templates of the pages need besides Django's own."""
