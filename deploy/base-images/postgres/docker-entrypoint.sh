#!/usr/bin/env bash
# Starts PostgreSQL as the official image does, for the part of its contract that is used here.
#
# First start (no PG_VERSION in PGDATA): initdb, the database POSTGRES_DB, then every *.sh, *.sql,
# *.sql.gz, *.sql.xz and *.sql.zst of /docker-entrypoint-initdb.d in order of names, against a
# server that listens on its socket only. A script that fails ends the container.
# POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB, POSTGRES_INITDB_ARGS may each be given as NAME_FILE.
set -Eeo pipefail

init_scripts=/docker-entrypoint-initdb.d

from_file_or_environment() {
    local name=$1 default=${2:-} file_variable="$1_FILE" value
    if [[ -n ${!name:-} && -n ${!file_variable:-} ]]; then
        echo >&2 "error: both $name and $file_variable are set (but are exclusive)"
        exit 1
    fi
    value=$default
    if [[ -n ${!name:-} ]]; then
        value=${!name}
    elif [[ -n ${!file_variable:-} ]]; then
        value=$(<"${!file_variable}")
    fi
    export "$name"="$value"
    unset "$file_variable"
}

refuse_without_password() {
    if [[ -z $POSTGRES_PASSWORD && ${POSTGRES_HOST_AUTH_METHOD:-} != trust ]]; then
        cat >&2 <<-'MESSAGE'
			Error: Database is uninitialized and superuser password is not specified.
			       You must specify POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE to a
			       non-empty value for the superuser.
		MESSAGE
        exit 1
    fi
}

prepare_folders() {
    mkdir -p "$PGDATA"
    chmod 00700 "$PGDATA" || :
    mkdir -p /var/run/postgresql || :
    chmod 03775 /var/run/postgresql 2>/dev/null || :
    if ((EUID == 0)); then
        find "$PGDATA" \! -user postgres -exec chown postgres '{}' +
        find /var/run/postgresql \! -user postgres -exec chown postgres '{}' +
    fi
}

init_database() {
    # Word splitting is the contract of POSTGRES_INITDB_ARGS, quotes included.
    eval 'initdb --username="$POSTGRES_USER" --pwfile=<(printf "%s\n" "$POSTGRES_PASSWORD") '"$POSTGRES_INITDB_ARGS"' "$@"'
    printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
}

run_psql() {
    PGHOST='' PGHOSTADDR='' psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password \
        --username "$POSTGRES_USER" "$@"
}

create_database() {
    local there
    there=$(run_psql --dbname postgres --tuples-only --set db="$POSTGRES_DB" \
        <<<"SELECT 1 FROM pg_database WHERE datname = :'db';")
    if [[ -z $there ]]; then
        run_psql --dbname postgres --set db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'
    fi
}

run_init_scripts() {
    local file
    for file in "$init_scripts"/*; do
        case $file in
            *.sh)
                if [[ -x $file ]]; then
                    echo "$0: running $file"
                    "$file"
                else
                    echo "$0: sourcing $file"
                    # shellcheck disable=SC1090
                    . "$file"
                fi
                ;;
            *.sql) echo "$0: running $file"; run_psql --dbname "$POSTGRES_DB" -f "$file" ;;
            *.sql.gz) echo "$0: running $file"; gunzip -c "$file" | run_psql --dbname "$POSTGRES_DB" ;;
            *.sql.xz) echo "$0: running $file"; xzcat "$file" | run_psql --dbname "$POSTGRES_DB" ;;
            *.sql.zst) echo "$0: running $file"; zstd -dc "$file" | run_psql --dbname "$POSTGRES_DB" ;;
            "$init_scripts/*") ;;
            *) echo "$0: ignoring $file" ;;
        esac
    done
}

first_start() {
    refuse_without_password
    init_database
    export PGPASSWORD="$POSTGRES_PASSWORD"
    # The arguments of `postgres` hold for the temporary server too, except where it listens.
    shift
    set -- "$@" -c listen_addresses='' -p "${PGPORT:-5432}"
    NOTIFY_SOCKET='' pg_ctl -D "$PGDATA" -o "$(printf '%q ' "$@")" -w start
    create_database
    run_init_scripts
    pg_ctl -D "$PGDATA" -m fast -w stop
    unset PGPASSWORD
    printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

only_asks() {
    local argument
    for argument; do
        case $argument in
            -'?' | --help | --describe-config | -V | --version) return 0 ;;
        esac
    done
    return 1
}

main() {
    if [[ ${1:-} == -* ]]; then
        set -- postgres "$@"
    fi
    if [[ ${1:-} == postgres ]] && ! only_asks "$@"; then
        prepare_folders
        if ((EUID == 0)); then
            exec setpriv --reuid=postgres --regid=postgres --init-groups "${BASH_SOURCE[0]}" "$@"
        fi
        from_file_or_environment POSTGRES_PASSWORD
        from_file_or_environment POSTGRES_USER postgres
        from_file_or_environment POSTGRES_DB "$POSTGRES_USER"
        from_file_or_environment POSTGRES_INITDB_ARGS
        if [[ -s $PGDATA/PG_VERSION ]]; then
            printf '\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n'
        else
            first_start "$@"
        fi
    fi
    exec "$@"
}

main "$@"
