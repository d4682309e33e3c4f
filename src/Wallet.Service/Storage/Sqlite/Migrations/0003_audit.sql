-- What the auditor keeps for itself: how far the full turn over the ledger has come, in one row, and what was found.

CREATE TABLE audit_progress (
    id            INTEGER PRIMARY KEY CHECK (id = 1),
    version       INTEGER NOT NULL, -- grows with each write
    holder        BLOB,             -- the copy of the service that walks the turn
    held_until    INTEGER,
    turn          INTEGER NOT NULL,
    turn_began_at INTEGER,
    turn_ended_at INTEGER,          -- of the latest turn that has come to its end
    phase         INTEGER NOT NULL, -- resting, accounts, transfers, sums
    account_id    INTEGER NOT NULL,
    chain_seq     INTEGER,          -- how far into that account; null where it is done
    chain_head    BLOB    CHECK (length(chain_head) = 32),
    chain_balance INTEGER,
    chain_time    INTEGER,
    transfer_id   BLOB    NOT NULL,
    accounts      INTEGER NOT NULL,
    entries       INTEGER NOT NULL,
    transfers     INTEGER NOT NULL
) STRICT;

INSERT INTO audit_progress (id, version, turn, phase, account_id, transfer_id, accounts, entries, transfers)
VALUES (1, 1, 0, 0, 0, zeroblob(16), 0, 0, 0);

-- Where a finding has no account, transfer or currency there is 0, zeros or ''.
CREATE TABLE audit_findings (
    kind        INTEGER NOT NULL,
    account_id  INTEGER NOT NULL,
    transfer_id BLOB    NOT NULL,
    currency    TEXT    NOT NULL,
    seq         INTEGER,
    found_at    INTEGER NOT NULL,
    turn        INTEGER NOT NULL, -- in which it was seen last
    PRIMARY KEY (kind, account_id, transfer_id, currency)
) STRICT, WITHOUT ROWID;
