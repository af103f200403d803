#!/bin/sh
# Starts redis-server as the official image does: options or a configuration file may stand alone,
# root becomes the user redis, and protected mode is off unless something says otherwise (the
# official image is compiled so; a container that only answers itself is of no use).
set -e

case ${1:-} in
    -* | *.conf) set -- redis-server "$@" ;;
esac

if [ "$1" = redis-server ]; then
    shift
    case ${1:-} in
        *.conf)
            config=$1
            shift
            if grep -qi '^[[:space:]]*protected-mode' "$config"; then
                set -- "$config" "$@"
            else
                set -- "$config" --protected-mode no "$@"
            fi
            ;;
        --version | -v | --help | -h | --test-memory | --check-system) ;;
        *) set -- --protected-mode no "$@" ;;
    esac
    set -- redis-server "$@"
    if [ "$(id -u)" = 0 ]; then
        find . \! -user redis -exec chown redis '{}' +
        set -- setpriv --reuid=redis --regid=redis --clear-groups "$@"
    fi
    umask 0077
fi

exec "$@"
