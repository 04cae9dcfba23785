-- Records a registration of a member. With a maker, the key becomes a member if it is not one yet.
-- ARGV: PeerId, name, maximum number of names, maker of the code, hash of the code
-- Returns whether the key is a member.
local id, name = ARGV[1], ARGV[2]
local packed = redis.call('HGET', MEMBERS, id)
if not packed then
  if ARGV[4] == '' then return { 0 } end
  packed = text(now) .. ' ' .. ARGV[4] .. ' ' .. ARGV[5] .. ' '
  redis.call('ZADD', ROSTER, 0, id)
end
local head, names = string.match(packed, '^(%S+ %S+ %S+ )(%S*)$')
local known, count = false, 0
for other in string.gmatch(names, '[^,]+') do
  known = known or other == name
  count = count + 1
end
if not known and count < tonumber(ARGV[3]) then names = (names == '' and '' or names .. ',') .. name end
redis.call('HSET', MEMBERS, id, head .. names)
redis.call('ZADD', SEEN, text(now), id)
return { 1 }
