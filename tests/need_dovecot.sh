#!/bin/sh
# The integration tests run against a real Dovecot. Installs it where that is allowed, else says what to install.
set -eu
PATH="$PATH:/usr/sbin:/sbin"

installed() { command -v dovecot >/dev/null && [ -e /usr/lib/dovecot/imap ]; }

installed && exit 0
if ! command -v apt-get >/dev/null; then
    echo "The tests need the Dovecot IMAP server (2.3): install your system's packages for dovecot-core and dovecot-imapd." >&2
    exit 1
fi
if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    echo "The tests need the Dovecot IMAP server: run 'apt-get install dovecot-core dovecot-imapd' as root, then 'make test' again." >&2
    exit 1
fi
echo "Installing Dovecot for the tests ..."
# The package would start the system's own server; the tests start theirs, so this one stays off.
export DEBIAN_FRONTEND=noninteractive
keep_off=/usr/sbin/policy-rc.d
made=""
if [ ! -e "$keep_off" ]; then
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$keep_off" >/dev/null
    $as_root chmod 755 "$keep_off"
    made=yes
fi
failed=""
{ $as_root apt-get -qq update && $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends -y \
    dovecot-core dovecot-imapd; } >/tmp/oopsee-dovecot.$$ 2>&1 || failed=yes
[ -z "$made" ] || $as_root rm -f "$keep_off"
if [ -n "$failed" ] || ! installed; then
    tail -n 5 /tmp/oopsee-dovecot.$$ >&2
    echo "Dovecot could not be installed: run 'apt-get install dovecot-core dovecot-imapd' as root, then 'make test' again." >&2
    rm -f /tmp/oopsee-dovecot.$$
    exit 1
fi
rm -f /tmp/oopsee-dovecot.$$
