-- Checks whether an envelope would be accepted.
-- ARGV: lease, claim, name, hash, size; the limits: envelopes and bytes per capability, bytes per mailbox
-- Returns 'welcome', 'unknown' or 'full'.
local settings = { lease = tonumber(ARGV[1]), claim = tonumber(ARGV[2]) }
local size, most, most_bytes, most_held = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
return { refusal(settings, ARGV[3], ARGV[4], size, most, most_bytes, most_held) or 'welcome' }
