-- What `pgbench` places orders with: the rows of an order as the mall writes them, by set-wise
-- statements for one cart or for many, whose lines are in ``bench_carts`` under a number.
CREATE TABLE bench_carts (
    variety text, number bigint, line_id uuid, member_id uuid, variant_id uuid,
    PRIMARY KEY (variety, number)
);
CREATE SEQUENCE bench_turn;

-- An id that grows with the run and the number of the cart, as those of the mall do with time.
CREATE FUNCTION bench_id(run bigint, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex(run), 12, '0') || '70008000' || lpad(to_hex(number), 12, '0'))::uuid
$$;

CREATE VIEW bench_wanted AS
SELECT cart.variety, cart.number, line.id AS line_id, line.member_id, line.variant_id, line.units,
    variant.product_id, variant.sku, variant.title_zh AS variant_zh, variant.title_en AS variant_en,
    variant.price_fen, variant.weight_grams, product.title_zh, product.title_en, product.image_key,
    address.id AS address_id, address.sealed, address.phone_index, address.last_digits,
    address.district_code, address.province_name, address.city_name, address.district_name
FROM bench_carts AS cart
JOIN cart_lines AS line ON line.id = cart.line_id
JOIN variants AS variant ON variant.id = line.variant_id
JOIN products AS product ON product.id = variant.product_id
JOIN addresses AS address ON address.member_id = line.member_id AND address.is_default;

-- The hot row comes last, which is best where transactions wait for each other.
CREATE FUNCTION bench_place(wanted text, place uuid, run bigint, first bigint, many bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    last CONSTANT bigint := first + many - 1;
    at CONSTANT timestamptz := clock_timestamp();
    due CONSTANT timestamptz := at + interval '30 minutes';
    placed bigint;
BEGIN
    INSERT INTO request_answers (actor, operation, request_id, fingerprint, answered_at)
    SELECT 'member:' || member_id, 'placeOrder', bench_id(run, number), '\xab', at
    FROM bench_carts WHERE variety = wanted AND number BETWEEN first AND last;

    INSERT INTO orders (id, number, member_id, channel, status, delivery, place_id, address,
        recipient_phone_index, units, list_fen, discount_fen, freight_list_fen,
        freight_discount_fen, payable_fen, freight_version, placed_at)
    SELECT bench_id(run, number),
        lpad((run % 1000000000)::text, 9, '0') || lpad(number::text, 9, '0'),
        member_id, 'mini_program', 'pending_payment', 'delivery', place,
        jsonb_build_object('address_id', address_id, 'region_code', district_code,
            'region_names', jsonb_build_array(province_name, city_name, district_name),
            'last_digits', last_digits, 'sealed', encode(sealed, 'base64')),
        phone_index, units, units * price_fen, 0, 0, 0, units * price_fen, 0, at
    FROM bench_wanted WHERE variety = wanted AND number BETWEEN first AND last;
    GET DIAGNOSTICS placed = ROW_COUNT;
    IF placed <> many THEN
        RAISE EXCEPTION '% of % carts are there', placed, many;
    END IF;

    INSERT INTO order_lines (order_id, number, variant_id, product_id, sku, product_title_zh,
        product_title_en, variant_title_zh, variant_title_en, image_key, units, unit_fen,
        personalisation, personalisation_unit_fen, list_fen, payable_fen, weight_grams)
    SELECT bench_id(run, number), 1, variant_id, product_id, sku, title_zh, title_en, variant_zh,
        variant_en, image_key, units, price_fen, '[]', 0, units * price_fen, units * price_fen,
        weight_grams
    FROM bench_wanted WHERE variety = wanted AND number BETWEEN first AND last;

    WITH placed AS MATERIALIZED (
        SELECT bench_id(run, number) AS id, member_id, price_fen FROM bench_wanted
        WHERE variety = wanted AND number BETWEEN first AND last
    ), payments AS (
        INSERT INTO order_payments (order_id, purpose, amount_fen, status, due_at)
        SELECT id, 'full', price_fen, 'due', due FROM placed
    ), deadlines AS (
        INSERT INTO order_deadlines (order_id, purpose, due_at) SELECT id, 'full', due FROM placed
    ), history AS (
        INSERT INTO order_history (order_id, number, to_status, actor, at)
        SELECT id, 1, 'pending_payment', 'member:' || member_id, at FROM placed
    )
    INSERT INTO outbox (id, aggregate_id, sequence, type, version, payload, recorded_at, due_at,
        tries)
    SELECT id, id, 1, 'order.placed', 1,
        jsonb_build_object('member_id', member_id, 'payable_fen', price_fen, 'units', 1), at, at, 0
    FROM placed;

    UPDATE request_answers AS answer
    SET answer = jsonb_build_object('order_id', cart.line_id, 'number', cart.number,
        'payable_fen', 1, 'pay_by', due)
    FROM bench_carts AS cart
    WHERE answer.actor = 'member:' || cart.member_id AND answer.operation = 'placeOrder'
        AND answer.request_id = bench_id(run, cart.number)
        AND cart.variety = wanted AND cart.number BETWEEN first AND last;

    DELETE FROM cart_lines USING bench_carts AS cart
    WHERE cart_lines.id = cart.line_id AND cart.variety = wanted
        AND cart.number BETWEEN first AND last;

    WITH taken AS (
        SELECT variant_id, count(*) AS times FROM bench_carts
        WHERE variety = wanted AND number BETWEEN first AND last GROUP BY variant_id
    ), level AS (
        UPDATE stock_levels AS level SET held = held + times, entries = entries + times FROM taken
        WHERE level.variant_id = taken.variant_id AND level.place_id = place
        RETURNING level.*, times
    )
    INSERT INTO stock_entries (variant_id, place_id, number, reason, units, source, actor,
        recorded_at, on_hand_before, held_before, sold_before, on_hand_after, held_after,
        sold_after)
    SELECT variant_id, place, entries - times + turn, 'held', 1,
        'order:' || bench_id(run, cart.number), 'member:' || cart.member_id, at,
        on_hand, held - times + turn - 1, sold, on_hand, held - times + turn, sold
    FROM level JOIN (
        SELECT carts.*, row_number() OVER (PARTITION BY carts.variant_id) AS turn
        FROM bench_carts AS carts WHERE variety = wanted AND number BETWEEN first AND last
    ) AS cart USING (variant_id);
END
$$;
