"""The Lua scripts that run inside Redis, where several commands are one step."""

#: KEYS: buffer, progress. ARGV: attempt, buffer ttl in s (0: keep none), channels of the run and of
#: its thread, number of the first event, when the attempt began in ms, then name and data of each.
#: Returns -1 when the attempt is refused. What was taken already is left out, so that a batch whose
#: answer was lost can be sent again. A clock that was set back does not make ids smaller.
#: Redis cuts off a subscriber to whom it owes 32 MiB, so of a large event only the name of the key
#: that holds it is published, behind a NUL, which no JSON begins with.
PUBLISH = """
local newest, taken, began = 0, 0, 0
local progress = redis.call('get', KEYS[2])
if progress then newest, taken, began = string.match(progress, '(%d+):(%d+):(%d+)') end
local attempt = tonumber(ARGV[1])
local ttl = tonumber(ARGV[2])
if attempt < tonumber(newest) then return -1 end
if attempt > tonumber(newest) then
  taken = 0
  began = string.format('%.0f', math.max(tonumber(ARGV[6]), tonumber(began) + 1))
end
local batch = {}
local number = tonumber(ARGV[5])
for i = 7, #ARGV, 2 do
  if number >= tonumber(taken) then
    local id = began .. '-' .. number
    local data = ARGV[i + 1]
    if #data > 1048576 then
      local key = KEYS[1] .. ':' .. id
      redis.call('set', key, data, 'EX', math.max(ttl, 60))
      data = string.char(0) .. key
    end
    if ttl > 0 then redis.call('xadd', KEYS[1], id, 'n', ARGV[i], 'd', data) end
    batch[#batch + 1] = {id, ARGV[i], data}
  end
  number = number + 1
end
local reached = attempt .. ':' .. number .. ':' .. began .. ':' .. ARGV[4]
redis.call('set', KEYS[2], reached, 'EX', 86400)
if ttl > 0 then redis.call('expire', KEYS[1], ttl) end
if #batch > 0 then
  local packed = cmsgpack.pack(batch)
  redis.call('publish', ARGV[3], packed)
  redis.call('publish', ARGV[4], packed)
end
return #batch
"""

#: KEYS: buffer, progress. ARGV: channels of the run and of its end, buffer ttl in s, the
#: data of the thread's event, then name and data of the notice to those who only wait for the end.
#: The end has the id that one more event would have had.
END_STREAM = """
local progress = redis.call('get', KEYS[2])
local id = ''
if progress then
  local number, began, thread = string.match(progress, '%d+:(%d+):(%d+):(.*)')
  id = began .. '-' .. number
  redis.call('expire', KEYS[1], ARGV[3])
  redis.call('expire', KEYS[2], ARGV[3])
  redis.call('publish', thread, cmsgpack.pack({{id, 'metadata', ARGV[4]}}))
end
redis.call('publish', ARGV[1], cmsgpack.pack({{id, '', 'end'}}))
redis.call('publish', ARGV[2], cmsgpack.pack({{id, ARGV[5], ARGV[6]}}))
"""

#: Takes or renews a lease: KEYS[1] holds "<who> <what>", ARGV is a proposal, who asks, and ms.
LEASE = """
local held = redis.call('get', KEYS[1]) or ARGV[1]
if string.find(held, ARGV[2] .. ' ', 1, true) == 1 then
  redis.call('set', KEYS[1], held, 'px', ARGV[3])
end
return held
"""
