"""The daemon as `oopsee run` starts it, except that it comes back sooner to a server that sent it away.

In life a throttling server is left alone for a minute or more and a refused password for ten; here
for a hundredth of that, so that a run ends.
"""

from __future__ import annotations

from scanner.cli import main
from scanner.worker import backoff

backoff.THROTTLED_FIRST /= 100
backoff.THROTTLED_LONGEST /= 100
backoff.REFUSED /= 100

if __name__ == "__main__":
    main()
