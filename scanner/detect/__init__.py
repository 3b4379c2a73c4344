"""From facts and history to a verdict: features, classifier, reasons, alert policy."""
