-- Adds a replica to those that share the folder, or renews it. It must have found the files of all that joined before.
-- KEYS: HASH name of the replica's file -> "<when it was renewed> <nonce in the file> <when it joined>"
-- ARGV: the replica's file, its nonce, how long others count without renewal, what it has found: "<file> <nonce>"...
-- Returns the file and nonce of each that it must find first; nothing if it shares the folder.
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local function parse(value)
  local renewed, nonce, joined = string.match(value or '', '^(%S+) (%S+) (%S+)$')
  if renewed and math.abs(now - tonumber(renewed)) <= tonumber(ARGV[3]) then return nonce, tonumber(joined) end
end
local found = {}
for i = 4, #ARGV do found[ARGV[i]] = true end
local _, own = parse(redis.call('HGET', KEYS[1], ARGV[1]))
local missing = {}
local replicas = redis.call('HGETALL', KEYS[1])
for i = 1, #replicas, 2 do
  local file = replicas[i]
  local nonce, joined = parse(replicas[i + 1])
  if not nonce then
    redis.call('HDEL', KEYS[1], file)
  elseif file ~= ARGV[1] and not found[file .. ' ' .. nonce] then
    if not own or joined < own or (joined == own and file < ARGV[1]) then
      table.insert(missing, file)
      table.insert(missing, nonce)
    end
  end
end
if #missing > 0 then return missing end
local text = string.format('%.0f %s %.0f', now, ARGV[2], own or now)
redis.call('HSET', KEYS[1], ARGV[1], text)
return {}
