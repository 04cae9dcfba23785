-- Stores an envelope.
-- ARGV: lease, claim, name, hash, envelope, kept; the limits: envelopes and bytes per capability, bytes per mailbox
-- Returns 'deposited' and the time of expiry, 'unknown' or 'full'.
local settings = { lease = tonumber(ARGV[1]), claim = tonumber(ARGV[2]) }
local name, hash, envelope, kept = ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local capability, size = name .. ' ' .. hash, #envelope
local refused = refusal(settings, name, hash, size, tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]))
if refused then return { refused } end
local count, bytes = read_usage(USAGE, capability)
local held, held_bytes = read_usage(BOXES, name)

local member = name .. ' ' .. announce(name)
redis.call('HSET', MAIL, member, envelope)
redis.call('HSET', META, member, hash .. ' ' .. size)
redis.call('ZADD', QUEUE, 0, member)
redis.call('ZADD', FADES, text(now + kept), member)
redis.call('HSET', USAGE, capability, (count + 1) .. ' ' .. text(bytes + size))
redis.call('HSET', BOXES, name, (held + 1) .. ' ' .. text(held_bytes + size))
return { 'deposited', text(now + kept) }
