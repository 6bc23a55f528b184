-- A terminal has hours of its own, and a part names the languages that it interprets.

ALTER TABLE availability DROP CONSTRAINT availability_resource_kind_check;
ALTER TABLE availability ADD CONSTRAINT availability_resource_kind_check
    CHECK (resource_kind IN ('person', 'room', 'terminal', 'organization'));

-- Two languages by their codes of ISO 639, such as 'bo-zh'; none where that was not said.
ALTER TABLE participant ADD COLUMN interprets TEXT COLLATE "C" CHECK (length(interprets) BETWEEN 5 AND 7);
