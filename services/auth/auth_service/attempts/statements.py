"""The two statements that each sign-in costs: counting attempts before they are made, and giving them back."""

from __future__ import annotations

from sqlalchemy import text

# Rows are locked in the order of kind and hash, here and wherever else several are. A block that begins while the
# statement runs is seen by the WHERE of DO UPDATE alone; the row is then missing in the answer. A server that crashes
# may lose the counts of its last moments, for which nobody has to wait for a disk.
COUNT_ATTEMPT = text(
    """
    SET LOCAL synchronous_commit TO off;
    WITH wanted AS (
        SELECT *
        FROM unnest(
            CAST(:subject_hashes AS text[]), CAST(:kinds AS text[]), CAST(:user_ids AS bigint[]),
            CAST(:free AS float8[]), CAST(:most AS float8[]), CAST(:seconds_each AS float8[]),
            CAST(:first_seconds AS float8[]), CAST(:longest_seconds AS float8[])
        ) AS subject (subject_hash, kind, user_id, free, most, seconds_each, first_seconds, longest_seconds)
    ), held AS (
        SELECT subject_hash, wanted.kind, counter.blocked_until
        FROM wanted JOIN auth.failed_attempts AS counter USING (subject_hash)
        WHERE counter.blocked_until > :now
    ), counted AS (
        INSERT INTO auth.failed_attempts AS counter
            (subject_hash, kind, user_id, failures, counted_at, blocked_until)
        SELECT subject_hash, kind, user_id, 1, :now,
            CASE WHEN free <= 1 THEN :now + make_interval(secs => least(first_seconds, longest_seconds)) END
        FROM wanted
        WHERE NOT EXISTS (SELECT FROM held WHERE held.kind <> :holding_kind)
            AND subject_hash NOT IN (SELECT subject_hash FROM held)
        ORDER BY kind, subject_hash
        ON CONFLICT (subject_hash) DO UPDATE
        SET (user_id, failures, counted_at, blocked_until, version, updated_at) = (
            SELECT
                excluded.user_id,
                now_.failures,
                greatest(counter.counted_at, excluded.counted_at),
                CASE WHEN now_.failures > free - 1 THEN :now + make_interval(secs => least(
                    longest_seconds, first_seconds * power(2, greatest(ceil(now_.failures - free), 0))
                )) END,
                counter.version + 1,
                now()
            FROM wanted, LATERAL (
                SELECT least(most, 1 + greatest(0, counter.failures
                    - greatest(0, extract(epoch FROM :now - counter.counted_at)) / seconds_each)) AS failures
            ) AS now_
            WHERE wanted.subject_hash = excluded.subject_hash
        )
        WHERE counter.blocked_until IS NULL OR counter.blocked_until <= :now
        RETURNING subject_hash, kind, failures, blocked_until, succeeded_at
    )
    SELECT kind, subject_hash, failures, blocked_until, succeeded_at FROM counted
    UNION ALL
    SELECT kind, subject_hash, NULL, blocked_until, NULL FROM held
    """
)

GIVE_BACK = text(
    """
    WITH wanted AS (
        SELECT *
        FROM unnest(
            CAST(:subject_hashes AS text[]), CAST(:given_back AS float8[]), CAST(:free AS float8[]),
            CAST(:blocked_until AS timestamptz[])
        ) AS subject (subject_hash, given_back, free, own_block)
    ), locked AS MATERIALIZED (
        SELECT subject_hash
        FROM auth.failed_attempts AS counter JOIN wanted USING (subject_hash)
        ORDER BY counter.kind, counter.subject_hash
        FOR UPDATE OF counter
    )
    UPDATE auth.failed_attempts AS counter
    SET failures = greatest(0, counter.failures - given_back),
        blocked_until = CASE
            WHEN counter.failures - given_back > free - 1 AND counter.blocked_until IS DISTINCT FROM own_block
            THEN counter.blocked_until
        END,
        succeeded_at = CASE WHEN counter.kind = :remembering_kind THEN :now ELSE counter.succeeded_at END,
        version = counter.version + 1,
        updated_at = now()
    FROM wanted JOIN locked USING (subject_hash)
    WHERE counter.subject_hash = wanted.subject_hash
    """
)
