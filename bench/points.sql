-- A mall of members who earned points: for each of them an account, lots that are pending and due,
-- and the entries of the journal by which they came, as the mall itself writes them.
CREATE FUNCTION bench_id(run bigint, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex(run), 12, '0') || '70008000' || lpad(to_hex(number), 12, '0'))::uuid
$$;

CREATE FUNCTION bench_earn(run bigint, members bigint, lots bigint) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO members (id, name, joined_at)
    SELECT bench_id(run, member), '', now() FROM generate_series(1, members) AS member;

    INSERT INTO points_accounts (member_id, wallet, pending, available, held, debt,
        lifetime_earned, lifetime_spent, entries, settles_at)
    SELECT bench_id(run, member), 'spend', 10 * lots, 0, 0, 0, 10 * lots, 0, lots,
        now() - interval '1 hour'
    FROM generate_series(1, members) AS member;

    INSERT INTO points_lots (id, member_id, source_kind, source_id, source_part, granted,
        remaining, held, consumed, expired, revoked, clawed, rule_version, validity, created_at,
        settles_at, cancels_at, deferrals, expiries)
    SELECT bench_id(run + 1, (lot - 1) * members + member), bench_id(run, member), 'order',
        bench_id(run + 2, (lot - 1) * members + member), 1, 10, 10, 0, 0, 0, 0, 0, 1,
        CASE lot % 3 WHEN 0 THEN 'days:365' WHEN 1 THEN 'months:12' ELSE 'year_end' END,
        now() - interval '10 days', now() - interval '1 hour', now() + interval '90 days', 0, 0
    FROM generate_series(1, lots) AS lot, generate_series(1, members) AS member
    ORDER BY lot, member;

    INSERT INTO points_entries (member_id, wallet, number, reason, from_bucket, to_bucket, amount,
        source_kind, source_id, part, lot_id, pending_after, available_after, held_after,
        debt_after, recorded_at)
    SELECT bench_id(run, member), 'spend', lot, 'earned', 'issued', 'pending', 10, 'order',
        bench_id(run + 2, (lot - 1) * members + member), 0,
        bench_id(run + 1, (lot - 1) * members + member), 10 * lot, 0, 0, 0,
        now() - interval '10 days'
    FROM generate_series(1, lots) AS lot, generate_series(1, members) AS member
    ORDER BY lot, member;
$$;
