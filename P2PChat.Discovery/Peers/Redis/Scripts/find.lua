-- peers, records, tokens, leases and dormant of each shard; lease, claim, then for each question
--   where the keys of the asker's shard begin, the asker, its token; all empty for who brings none
--   where the keys of the name's shard begin, the name, whether the record is wanted; all empty to ask for the token alone
--   -> for each whether the token holds, id, sequence, online, last seen, unlisted, record; no id where nobody claims the name
local settings = { lease = tonumber(ARGV[1]), claim = tonumber(ARGV[2]) }
local answers, count = {}, 0

-- look() reads by these names.
local function at(first)
  PEERS, RECORDS, TOKENS, LEASES, DORMANT = KEYS[first], KEYS[first + 1], KEYS[first + 2], KEYS[first + 3], KEYS[first + 4]
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
  local peer
  if held and ARGV[i + 3] ~= '' then
    at(tonumber(ARGV[i + 3]))
    peer = look(settings, ARGV[i + 4])
  end
  answers[count + 1] = held and 1 or 0
  if peer then
    answers[count + 2], answers[count + 3], answers[count + 4] = peer.id, text(peer.sequence), peer.online and 1 or 0
    answers[count + 5], answers[count + 6] = text(peer.seen), peer.unlisted and 1 or 0
    answers[count + 7] = ARGV[i + 5] == '1' and redis.call('HGET', RECORDS, ARGV[i + 4]) or ''
  else
    for j = 2, 7 do answers[count + j] = '' end
  end
  count = count + 7
end
return answers
