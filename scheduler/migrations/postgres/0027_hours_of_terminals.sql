-- A terminal has hours of its own.

ALTER TABLE availability DROP CONSTRAINT availability_resource_kind_check;
ALTER TABLE availability ADD CONSTRAINT availability_resource_kind_check
    CHECK (resource_kind IN ('person', 'room', 'terminal', 'organization'));
