-- What the auditor keeps for itself: how far the full turn over the ledger has come, in one row, and what was found. On Citus both stay
-- on the coordinator.

CREATE TABLE audit_progress (
    id            smallint    PRIMARY KEY CHECK (id = 1),
    version       bigint      NOT NULL, -- grows with each write
    holder        uuid,                 -- the copy of the service that walks the turn
    held_until    timestamptz,
    turn          bigint      NOT NULL,
    turn_began_at timestamptz,
    turn_ended_at timestamptz,          -- of the latest turn that has come to its end
    phase         smallint    NOT NULL, -- resting, accounts, transfers, sums
    account_id    bigint      NOT NULL,
    chain_seq     bigint,               -- how far into that account; null where it is done
    chain_head    bytea       CHECK (length(chain_head) = 32),
    chain_balance bigint,
    chain_time    timestamptz,
    transfer_id   uuid        NOT NULL,
    accounts      bigint      NOT NULL,
    entries       bigint      NOT NULL,
    transfers     bigint      NOT NULL
);

INSERT INTO audit_progress (id, version, turn, phase, account_id, transfer_id, accounts, entries, transfers)
VALUES (1, 1, 0, 0, 0, '00000000-0000-0000-0000-000000000000', 0, 0, 0);

-- Where a finding has no account, transfer or currency there is 0, zeros or ''.
CREATE TABLE audit_findings (
    kind        smallint    NOT NULL,
    account_id  bigint      NOT NULL,
    transfer_id uuid        NOT NULL,
    currency    text        NOT NULL,
    seq         bigint,
    found_at    timestamptz NOT NULL,
    turn        bigint      NOT NULL, -- in which it was seen last
    PRIMARY KEY (kind, account_id, transfer_id, currency)
);
