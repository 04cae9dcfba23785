-- Functions shared by the scripts on join codes and members, loaded after time.lua. A member is in the shard of its
-- PeerId, a code in that of its hash, and the rest in that of an owner: "i:<PeerId>" or "a:<claimant>".
--   members    HASH  PeerId -> "<joined> <maker of its code> <hash of its code> <names, separated by commas>"
--   roster     ZSET  the members, in order
--   seen       ZSET  PeerId -> its last registration
--   codes      HASH  hash -> "<maker> <claimant> <uses>", then for each use "<PeerId>:<state>:<end>". The state is r
--              (reserved until the end), s (spent) or x (spent, and the operator has removed the key)
--   codeends   ZSET  hash -> when the code expires
--   made       ZSET  "owner hash" of each code that the owner has made, in order
--   madeends   ZSET  "owner hash" -> when the code expires
--   asked      HASH  owner -> number of requests that it has deposited within the day
--   askedends  ZSET  owner -> end of that day
--   memberclock      as clock
local MEMBERS, ROSTER, SEEN, CODES, CODEENDS, MADE, MADEENDS, ASKED, ASKEDENDS
MEMBERS, ROSTER, SEEN, CODES, CODEENDS, MADE, MADEENDS, ASKED, ASKEDENDS, CLOCK = unpack(KEYS)

-- Returns a code with its uses that count; nil if it is unknown or has expired.
local function find_code(hash)
  local packed = redis.call('HGET', CODES, hash)
  if not packed or is_over(tonumber(redis.call('ZSCORE', CODEENDS, hash))) then return nil end
  local maker, claimant, uses, rest = string.match(packed, '^(%S+) (%S+) (%S+)(.*)$')
  local code = { maker = maker, claimant = claimant, uses = tonumber(uses), list = {}, of = {} }
  for id, state, ends in string.gmatch(rest, ' (%S+):(%a):(%d+)') do
    if state ~= 'r' or tonumber(ends) > now then
      local use = { id = id, state = state, ends = ends }
      table.insert(code.list, use)
      code.of[id] = use
    end
  end
  return code
end

local function write_code(hash, code)
  local words = { code.maker, code.claimant, text(code.uses) }
  for _, use in ipairs(code.list) do
    if use.state then table.insert(words, use.id .. ':' .. use.state .. ':' .. use.ends) end
  end
  redis.call('HSET', CODES, hash, table.concat(words, ' '))
end

-- Returns the key's use of a code, and adds one if there is room; nil if the key may not join with it.
local function use_of(code, id)
  local use = code.of[id]
  if use then return use.state ~= 'x' and use or nil end
  if #code.list >= code.uses then return nil end
  use = { id = id, state = 'r', ends = '0' }
  table.insert(code.list, use)
  return use
end

local function remove_code(hash)
  redis.call('HDEL', CODES, hash)
  redis.call('ZREM', CODEENDS, hash)
end

-- Lexical bounds of what an owner has made; the space sorts before every character of an owner.
local function from(owner) return '[' .. owner .. ' ' end
local function upto(owner) return '(' .. owner .. '!' end
