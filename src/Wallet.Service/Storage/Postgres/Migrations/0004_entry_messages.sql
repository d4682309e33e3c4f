-- A transfer's message on its entries: a page of a history is then read from one place, where it took a look-up per entry before.
ALTER TABLE entries ADD COLUMN message text;

ALTER TABLE entries DISABLE TRIGGER entries_append_only;
UPDATE entries e SET message = t.message FROM transfers t WHERE t.id = e.transfer_id AND t.message IS NOT NULL;
ALTER TABLE entries ENABLE TRIGGER entries_append_only;
