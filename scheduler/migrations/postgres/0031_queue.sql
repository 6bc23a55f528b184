-- Which cases wait, and what was triaged lately.

CREATE INDEX care_case_by_state ON care_case (state, requested_s);
CREATE INDEX care_case_event_by_time ON care_case_event (kind, at_s);
