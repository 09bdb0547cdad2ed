# shellcheck shell=sh
# What rotate, revoke and publish share; they source it.

set -u

name=${0##*/}
keys=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
LINKSEAL_WORKSPACE=${LINKSEAL_WORKSPACE:-$(dirname -- "$keys")}
export LINKSEAL_WORKSPACE
prefix=

# 75 is EX_TEMPFAIL of sysexits.h: nothing is wrong, try again later.
lock() {
    [ -f "$LINKSEAL_WORKSPACE/keys/keyring.json" ] || fail "there is no keyring in $LINKSEAL_WORKSPACE/keys"
    command -v flock >/dev/null || fail "flock is not on the PATH ($PATH); it is part of util-linux"
    # The directory itself: a file of its own could be a link that somebody put there, to a file that is emptied then.
    exec 9<"$LINKSEAL_WORKSPACE/keys"
    status=0
    flock -n 9 || status=$?
    case $status in
    0) ;;
    1) printf '%s: another run is at work\n' "$name" >&2; exit 75 ;;
    *) fail "can't lock $LINKSEAL_WORKSPACE/keys (flock ended with $status)" ;;
    esac
}

# One line on standard error, whatever the command printed there.
fail() {
    printf '%s: %s\n' "$name" "$(printf '%s' "$1" | tr '\n' ' ')" >&2
    exit 1
}

# What went wrong, of what linkseal printed on standard error: {"error":"…","status":1}, with the escapes of JSON in it. A
# program that could not be started, or crashed, printed something else.
error_message() {
    sed -e '/^{"note":/d' -e '/^{"warning":/d' -e 's/^{"error":"\(.*\)","status":[0-9]*}$/\1/' -e 't unescape' -e b \
        -e ': unescape' -e 's/\\n/ /g' -e 's/\\\(.\)/\1/g'
}

# Runs linkseal with its result in $result. The passphrase comes from a file, never from the arguments.
linkseal() {
    errors=$(mktemp) || fail "can't make a temporary file"
    if result=$(command "${LINKSEAL:-linkseal}" "$@" --json 2>"$errors" 9>&-); then
        rm -f "$errors"
    else
        message=$(error_message <"$errors")
        rm -f "$errors"
        fail "$prefix${message:-linkseal ended with an error and no message}"
    fi
}

with_passphrase() {
    if [ -n "${LINKSEAL_PASSPHRASE_FILE:-}" ]; then
        linkseal "$@" --passphrase-file "$LINKSEAL_PASSPHRASE_FILE"
    else
        linkseal "$@"
    fi
}

# The first value of a member of $result: a text, a number or a word.
value() {
    printf '%s\n' "$result" | tr -d '\n' |
        sed -n "s/^[^}]*\"$1\"[[:space:]]*:[[:space:]]*\"\{0,1\}\([^\",}]*[^\",}[:space:]]\).*/\1/p"
}

# Publishes, and prints what became of the bundle.
publish() {
    if [ -n "${LINKSEAL_ROOT_KEY:-}" ]; then
        with_passphrase publish --root-key "$LINKSEAL_ROOT_KEY"
    else
        with_passphrase publish
    fi
    case $(value published) in
    true) printf 'published sequence %s\n' "$(value sequence)" ;;
    *) printf 'sequence %s stays\n' "$(value sequence)" ;;
    esac
}
