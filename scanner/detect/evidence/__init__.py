"""What later mail shows of mail already sent: retractions, notices, resends, recalls, bounces, answers."""

from scanner.detect.evidence.lookback import Lookback, Near
from scanner.detect.evidence.signs import (
    SIGN_SOURCES,
    WORTH,
    Evidence,
    Kind,
    Worth,
    score_after,
    scores_after,
)
from scanner.detect.evidence.trail import Trail

__all__ = [
    "SIGN_SOURCES",
    "WORTH",
    "Evidence",
    "Kind",
    "Lookback",
    "Near",
    "Trail",
    "Worth",
    "score_after",
    "scores_after",
]
