-- Adds a replica to those that share the folder, or renews it. A new one must have found the files of all others.
-- KEYS: HASH name of the replica's file -> when it was renewed
-- ARGV: the replica's file, how long others count without renewal, the files that it has found...
-- Returns the files that it must find first; nothing if it shares the folder.
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local found = {}
for i = 3, #ARGV do found[ARGV[i]] = true end
local missing = {}
local replicas = redis.call('HGETALL', KEYS[1])
local is_member = false
for i = 1, #replicas, 2 do
  local age = now - tonumber(replicas[i + 1])
  if age > tonumber(ARGV[2]) or age < -tonumber(ARGV[2]) then
    redis.call('HDEL', KEYS[1], replicas[i])
  elseif replicas[i] == ARGV[1] then
    is_member = true
  elseif not found[replicas[i]] then
    table.insert(missing, replicas[i])
  end
end
if not is_member and #missing > 0 then return missing end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', now))
return {}
