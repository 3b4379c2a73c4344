"""The digest of the model that the package carries; `python -m training.benchmark --publish` writes it."""

MANIFEST_SHA256 = "1b73d21e9324dee06ac1c86a1f0c47a94ddd3bd1ddbeb109eedb7496cb15f4b6"
