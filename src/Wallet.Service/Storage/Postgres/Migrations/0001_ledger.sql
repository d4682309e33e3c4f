-- The ledger's tables. Their keys hold the column by which each table can be distributed on Citus: accounts and entries by account,
-- transfers by id, account_names and account_requests by their first column. That is why no foreign key runs between them, and why a
-- request is unique through the primary key that was made from its idempotency key.

-- What the integers in the columns of money count. A ledger whose currency got other decimals later would be off by powers of ten.
CREATE TABLE currencies (
    code     text     PRIMARY KEY CHECK (code ~ '^[A-Z]{3}$'),
    decimals smallint NOT NULL CHECK (decimals BETWEEN 0 AND 8)
);

CREATE SEQUENCE account_ids START 1000; -- 1 to 999 are for system accounts

CREATE TABLE accounts (
    id          bigint      PRIMARY KEY CHECK (id > 0),
    user_id     text        NOT NULL CHECK (length(user_id) BETWEEN 1 AND 128),
    name        text        NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    currency    text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    kind        smallint    NOT NULL CHECK (kind IN (1, 2)),      -- user, system
    status      smallint    NOT NULL CHECK (status IN (1, 2, 3)), -- active, frozen, closed
    balance     bigint      NOT NULL,
    held        bigint      NOT NULL CHECK (held >= 0),
    version     bigint      NOT NULL CHECK (version > 0),
    entry_count bigint      NOT NULL CHECK (entry_count >= 0),
    head_hash   bytea       NOT NULL CHECK (length(head_hash) = 32),
    created_at  timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL,
    CONSTRAINT accounts_available CHECK (kind = 2 OR balance - held >= 0)
) WITH (fillfactor = 70); -- leaves room for updates in place: a row changes with every transfer, its key never

-- Finds a user's accounts, and makes their names unique per currency.
CREATE TABLE account_names (
    user_id    text   NOT NULL,
    currency   text   NOT NULL,
    name       text   NOT NULL,
    account_id bigint NOT NULL,
    PRIMARY KEY (user_id, currency, name)
);

-- Requests that opened an account, so that a retry finds the account and opens no other.
CREATE TABLE account_requests (
    id          uuid   PRIMARY KEY,
    fingerprint uuid   NOT NULL,
    account_id  bigint NOT NULL
);

CREATE TABLE transfers (
    id                  uuid        PRIMARY KEY,
    fingerprint         uuid        NOT NULL,
    kind                smallint    NOT NULL CHECK (kind IN (1, 2)), -- transfer, deposit
    outcome             smallint    NOT NULL CHECK (outcome >= 0),   -- 0: posted; else why it was refused
    requested_by        text        NOT NULL,
    payer_id            bigint,
    payee_id            bigint,
    amount              bigint      NOT NULL,
    currency            text        NOT NULL,
    message             text        CHECK (length(message) <= 280),
    created_at          timestamptz NOT NULL,
    payer_seq           bigint,
    payee_seq           bigint,
    payer_balance_after bigint,
    CONSTRAINT transfers_posted CHECK (
        outcome <> 0
        OR (amount > 0 AND payer_id IS NOT NULL AND payee_id IS NOT NULL AND payer_id <> payee_id
            AND payer_seq > 0 AND payee_seq > 0 AND payer_balance_after IS NOT NULL))
);

CREATE TABLE entries (
    account_id      bigint      NOT NULL,
    seq             bigint      NOT NULL CHECK (seq > 0),
    transfer_id     uuid        NOT NULL,
    kind            smallint    NOT NULL,
    amount          bigint      NOT NULL CHECK (amount <> 0),
    balance_after   bigint      NOT NULL,
    counterparty_id bigint      NOT NULL CHECK (counterparty_id <> account_id),
    created_at      timestamptz NOT NULL,
    hash            bytea       NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (account_id, seq)
);
