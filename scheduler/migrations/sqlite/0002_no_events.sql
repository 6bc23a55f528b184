-- Nothing ever reported a fact to the scheduler: the table of events was empty wherever it was made.

DROP TABLE event;
