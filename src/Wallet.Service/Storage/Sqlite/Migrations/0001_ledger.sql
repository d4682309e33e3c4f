-- The ledger's tables on SQLite. Times are microseconds since 1970-01-01 UTC, ids of transfers are 16 bytes in RFC 9562 order.

-- What the integers in the columns of money count. A ledger whose currency got other decimals later would be off by powers of ten.
CREATE TABLE currencies (
    code     TEXT    NOT NULL PRIMARY KEY CHECK (code GLOB '[A-Z][A-Z][A-Z]'),
    decimals INTEGER NOT NULL CHECK (decimals BETWEEN 0 AND 8)
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
    id          INTEGER PRIMARY KEY CHECK (id > 0), -- 1 to 999: system accounts; users' begin at 1000
    user_id     TEXT    NOT NULL CHECK (length(user_id) BETWEEN 1 AND 128),
    name        TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    currency    TEXT    NOT NULL CHECK (currency GLOB '[A-Z][A-Z][A-Z]'),
    kind        INTEGER NOT NULL CHECK (kind IN (1, 2)),      -- user, system
    status      INTEGER NOT NULL CHECK (status IN (1, 2, 3)), -- active, frozen, closed
    balance     INTEGER NOT NULL,
    held        INTEGER NOT NULL CHECK (held >= 0),
    version     INTEGER NOT NULL CHECK (version > 0),
    entry_count INTEGER NOT NULL CHECK (entry_count >= 0),
    head_hash   BLOB    NOT NULL CHECK (length(head_hash) = 32),
    head_entry  INTEGER,                                      -- entries.id of the latest; null where there is none
    created_at  INTEGER NOT NULL,
    changed_at  INTEGER NOT NULL,
    CONSTRAINT accounts_available CHECK (kind = 2 OR balance - held >= 0),
    CONSTRAINT accounts_head CHECK ((entry_count = 0) = (head_entry IS NULL))
) STRICT;

-- Finds a user's accounts, and makes their names unique per currency.
CREATE TABLE account_names (
    user_id    TEXT    NOT NULL,
    currency   TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    PRIMARY KEY (user_id, currency, name)
) STRICT, WITHOUT ROWID;

-- Requests that opened an account, so that a retry finds the account and opens no other.
CREATE TABLE account_requests (
    id          BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    fingerprint BLOB    NOT NULL CHECK (length(fingerprint) = 16),
    account_id  INTEGER NOT NULL REFERENCES accounts (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE transfers (
    id                  BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    fingerprint         BLOB    NOT NULL CHECK (length(fingerprint) = 16),
    kind                INTEGER NOT NULL CHECK (kind IN (1, 2)), -- transfer, deposit
    outcome             INTEGER NOT NULL CHECK (outcome >= 0),   -- 0: posted; else why it was refused
    requested_by        TEXT    NOT NULL,
    payer_id            INTEGER,
    payee_id            INTEGER,
    amount              INTEGER NOT NULL,
    currency            TEXT    NOT NULL,
    message             TEXT    CHECK (length(message) <= 280),
    created_at          INTEGER NOT NULL,
    payer_seq           INTEGER,
    payee_seq           INTEGER,
    payer_balance_after INTEGER,
    CONSTRAINT transfers_posted CHECK (
        outcome <> 0
        OR (amount > 0 AND payer_id IS NOT NULL AND payee_id IS NOT NULL AND payer_id <> payee_id
            AND payer_seq > 0 AND payee_seq > 0 AND payer_balance_after IS NOT NULL))
) STRICT;

-- Appended at the end and never looked up by account: each entry points at the account's previous one, so a history is a walk from the
-- account's head. A table sorted by account would touch a page of its own for each entry that is written.
CREATE TABLE entries (
    id              INTEGER PRIMARY KEY,
    account_id      INTEGER NOT NULL,
    seq             INTEGER NOT NULL CHECK (seq > 0),
    previous        INTEGER, -- entries.id of the account's entry before; null for its first
    transfer_id     BLOB    NOT NULL CHECK (length(transfer_id) = 16),
    kind            INTEGER NOT NULL,
    amount          INTEGER NOT NULL CHECK (amount <> 0),
    balance_after   INTEGER NOT NULL,
    counterparty_id INTEGER NOT NULL CHECK (counterparty_id <> account_id),
    created_at      INTEGER NOT NULL,
    hash            BLOB    NOT NULL CHECK (length(hash) = 32),
    CONSTRAINT entries_chain CHECK ((seq = 1) = (previous IS NULL) AND previous < id)
) STRICT;

-- Every 64th entry of an account, to begin a walk far back.
CREATE TABLE entry_marks (
    account_id INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    entry_id   INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX entry_marks_by_time ON entry_marks (account_id, created_at);

-- The last line of defence: history is only ever added to, whoever has opened the file.
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries are never removed'); END;
CREATE TRIGGER entry_marks_no_update BEFORE UPDATE ON entry_marks BEGIN SELECT RAISE(ABORT, 'marks are never changed'); END;
CREATE TRIGGER entry_marks_no_delete BEFORE DELETE ON entry_marks BEGIN SELECT RAISE(ABORT, 'marks are never removed'); END;
CREATE TRIGGER transfers_no_update BEFORE UPDATE ON transfers BEGIN SELECT RAISE(ABORT, 'transfers are never changed'); END;
CREATE TRIGGER transfers_no_delete BEFORE DELETE ON transfers BEGIN SELECT RAISE(ABORT, 'transfers are never removed'); END;
CREATE TRIGGER accounts_no_delete BEFORE DELETE ON accounts BEGIN SELECT RAISE(ABORT, 'accounts are never removed'); END;

-- INSERT OR REPLACE takes a row away without asking the triggers above.
CREATE TRIGGER entries_no_replace BEFORE INSERT ON entries WHEN EXISTS (SELECT 1 FROM entries WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'entries are never replaced'); END;
CREATE TRIGGER entry_marks_no_replace BEFORE INSERT ON entry_marks WHEN EXISTS (SELECT 1 FROM entry_marks WHERE account_id = NEW.account_id AND seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'marks are never replaced'); END;
CREATE TRIGGER transfers_no_replace BEFORE INSERT ON transfers WHEN EXISTS (SELECT 1 FROM transfers WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'transfers are never replaced'); END;
CREATE TRIGGER accounts_no_replace BEFORE INSERT ON accounts WHEN EXISTS (SELECT 1 FROM accounts WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'accounts are never replaced'); END;

-- What the chain's opening hash binds.
CREATE TRIGGER accounts_identity BEFORE UPDATE OF id, user_id, currency, kind, created_at ON accounts
WHEN (OLD.id, OLD.user_id, OLD.currency, OLD.kind, OLD.created_at) IS NOT (NEW.id, NEW.user_id, NEW.currency, NEW.kind, NEW.created_at)
BEGIN SELECT RAISE(ABORT, 'an account keeps its id, owner, currency and kind'); END;
