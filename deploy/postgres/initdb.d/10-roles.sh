#!/usr/bin/env bash
# First start of PostgreSQL: roles, schemas, extensions and rights. Runs as the superuser, in the
# image's own first-start step, before anything else can reach the server.
#
#   schema   owner (migrations)   service (reads and writes rows, nothing else)
#   auth     auth_owner           auth_service
#   books    books_owner          books_service
#
# Neither pair sees the other's schema. Passwords come from ${SECRETS_DIR:-/run/secrets}/ROLE_password.
# May be run again by hand in the container: what is there stays, passwords and rights are set anew.
set -euo pipefail

secrets=${SECRETS_DIR:-/run/secrets}
schemas=(auth books)

fail() {
    printf '10-roles: %s\n' "$1" >&2
    exit 1
}

sql() {
    psql --no-psqlrc --quiet --tuples-only --no-align -v ON_ERROR_STOP=1 \
        --username "${POSTGRES_USER:-postgres}" --dbname "${POSTGRES_DB:-postgres}" "$@" >/dev/null
}

# Before the first change, and all of them at once.
check_secrets() {
    local schema kind file unreadable=()
    for schema in "${schemas[@]}"; do
        for kind in owner service; do
            file=$secrets/${schema}_${kind}_password
            [[ -r $file && -s $file ]] || unreadable+=("$file")
        done
    done
    ((${#unreadable[@]} == 0)) || fail "missing, empty or unreadable: ${unreadable[*]}"
}

# Nobody has rights by being nobody in particular. The other databases are shut too: an
# account of ours has nothing to do there.
shut_database() {
    sql <<'SQL'
SET client_min_messages = warning;
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', datname) FROM pg_database \gexec
REVOKE ALL ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA IF NOT EXISTS extensions;
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA extensions;
CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA extensions;
SQL
}

# psql reads the file and quotes the value itself, so any character is safe and none shows in a
# process list. Neither server nor psql may write the statement down, whatever the settings or an error say.
create_role() {
    sql -v role="$1" -v schema="$2" -v password_file="$secrets/$1_password" <<'SQL'
\set VERBOSITY terse
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
SET log_min_duration_statement = -1;
SET log_min_duration_sample = -1;
SET log_transaction_sample_rate = 0;
SET log_duration = off;
SET track_activities = off;
SET password_encryption = 'scram-sha-256';
\set password `cat -- :'password_file'`
SELECT format('CREATE ROLE %I', :'role') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
ALTER ROLE :"role" WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'password';
SELECT format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), :'role') \gexec
ALTER ROLE :"role" SET search_path = :"schema", extensions;
GRANT USAGE ON SCHEMA extensions TO :"role";
SQL
}

create_schema() {
    sql -v schema="$1" -v owner="$1_owner" -v service="$1_service" <<'SQL'
SET client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS :"schema" AUTHORIZATION :"owner";
GRANT USAGE ON SCHEMA :"schema" TO :"service";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA :"schema"
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"service";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA :"schema"
    GRANT USAGE, SELECT ON SEQUENCES TO :"service";
SQL
}

check_secrets
shut_database
for schema in "${schemas[@]}"; do
    create_role "${schema}_owner" "$schema"
    create_role "${schema}_service" "$schema"
    create_schema "$schema"
done
