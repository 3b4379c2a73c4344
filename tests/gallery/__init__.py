"""docs/gallery: what Oopsee writes about mail that went astray, made by `python -m tests.gallery`."""
