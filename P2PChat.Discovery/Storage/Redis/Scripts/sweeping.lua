-- Functions shared by the scripts that write, mainly for sweeps. Loaded after time.lua.

-- Notes that a sweep is running, for lasting().
local function tick(is_empty)
  local state = redis.call('HMGET', CLOCK, 'swept', 'skipped')
  local since = state[1] and now - tonumber(state[1])
  if is_empty then
    if since then redis.call('DEL', CLOCK) end
  elseif not since then
    redis.call('HSET', CLOCK, 'swept', text(now), 'skipped', '0')
  elseif since < 0 or since >= 60000 then
    local skipped = tonumber(state[2])
    if since > HOUR then
      skipped = math.floor(skipped / 2) + since - HOUR
    elseif since < 0 then
      skipped = math.max(0, skipped + since)
    else
      skipped = math.floor(skipped * 0.5 ^ (since / HOUR))
    end
    redis.call('HSET', CLOCK, 'swept', text(now), 'skipped', text(skipped))
  end
end

-- Shortens deadlines that lie too far in the future, because they were set by a clock that was ahead.
local function cut_to(key, longest, limit)
  local latest = text(now + longest)
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', key, '(' .. latest, '+inf', 'LIMIT', 0, limit)) do
    redis.call('ZADD', key, latest, member)
  end
end

