-- peers, records, tokens, leases, dormant and clock of each shard; lease, claim, then for each question
--   where the keys of the asker's shard begin, the asker, its token; all empty for who brings none
--   where the keys of the name's shard begin, the name, whether the record is wanted; all empty to ask for the token alone
--   -> for each whether the token holds, the peer as it is kept, whether it is online, last seen, record; nothing kept where
--      nobody claims the name
local settings = { lease = tonumber(ARGV[1]), claim = tonumber(ARGV[2]) }
local answers, count = {}, 0

-- kept() reads by these names.
local function at(first)
  PEERS, RECORDS, TOKENS, LEASES, DORMANT, CLOCK =
    KEYS[first], KEYS[first + 1], KEYS[first + 2], KEYS[first + 3], KEYS[first + 4], KEYS[first + 5]
end

local function holds(name, token)
  local expires = tonumber(redis.call('ZSCORE', LEASES, name) or nil)
  return expires and expires > now and redis.call('HGET', TOKENS, name) == token
end

for i = 3, #ARGV, 6 do
  local held = true
  if ARGV[i] ~= '' then
    at(tonumber(ARGV[i]))
    held = holds(ARGV[i + 1], ARGV[i + 2])
  end
  local packed, online, seen, record
  if held and ARGV[i + 3] ~= '' then
    at(tonumber(ARGV[i + 3]))
    packed, online, seen = kept(settings, ARGV[i + 4])
    if packed and ARGV[i + 5] == '1' then record = redis.call('HGET', RECORDS, ARGV[i + 4]) end
  end
  -- A list ends at the first nil.
  answers[count + 1], answers[count + 2], answers[count + 3] = held and 1 or 0, packed or false, online and 1 or 0
  answers[count + 4], answers[count + 5] = seen or false, record or false
  count = count + 5
end
return answers
