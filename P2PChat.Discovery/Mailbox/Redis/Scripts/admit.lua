-- lease, claim, name, hash, size, limits: envelopes and bytes of a capability, bytes of a mailbox -> 'welcome', 'unknown' or 'full'
local settings = { lease = tonumber(ARGV[1]), claim = tonumber(ARGV[2]) }
return { refusal(settings, ARGV[3], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])) or 'welcome' }
