-- Looks up peers, and checks the callers' lease tokens.
-- KEYS: peers, records, tokens, leases, dormant and clock of each shard
-- ARGV: lease, claim, then for each query
--   index of the first key of the token's shard, the token's name, the token's hash; all empty without a token
--   index of the first key of the name's shard, the name, whether to read the record; all empty to check the token only
-- Returns for each query whether the token holds, the stored peer, whether it is online, when it was last seen, and its
-- record. The last four are empty if the name is not claimed or the token does not hold.
local settings = { lease = tonumber(ARGV[1]), claim = tonumber(ARGV[2]) }
local answers, count = {}, 0

-- Sets the globals that kept() reads.
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
  -- Redis ends a list at the first nil, so use false.
  answers[count + 1], answers[count + 2], answers[count + 3] = held and 1 or 0, packed or false, online and 1 or 0
  answers[count + 4], answers[count + 5] = seen or false, record or false
  count = count + 5
end
return answers
