-- A transfer's message on its entries: a page of a history is then read from one place, where it took a look-up per entry before.
ALTER TABLE entries ADD COLUMN message TEXT;

DROP TRIGGER entries_no_update;
UPDATE entries SET message = t.message FROM transfers t WHERE t.id = entries.transfer_id AND t.message IS NOT NULL;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;
