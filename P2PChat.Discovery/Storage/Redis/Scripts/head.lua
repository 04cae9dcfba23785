-- Returns the number of the newest event.
return text(head())
