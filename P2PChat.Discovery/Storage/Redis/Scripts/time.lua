-- Functions on time, loaded before all others. Times are milliseconds of Redis's own clock.
--   clock      HASH  swept -> time of the last sweep, to the minute; skipped -> elapsed time that does not count yet
local CLOCK

local clock = redis.call('TIME')
local micros = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local now = math.floor(micros / 1000)

-- tostring would round such large numbers.
local function text(number)
  return string.format('%.0f', number)
end

-- Claims and mail last for weeks, and a clock may jump. Of the time between two sweeps one hour counts at once, then
-- half of the rest per hour. So a short jump ends nothing, and a lasting one takes effect within a day.
local HOUR = 3600000
local function lasting()
  local state = redis.call('HMGET', CLOCK, 'swept', 'skipped')
  if not state[1] then return now end
  return now - tonumber(state[2]) - math.max(0, now - tonumber(state[1]) - HOUR)
end

local function is_over(ends)
  return ends <= now and ends <= lasting()
end

