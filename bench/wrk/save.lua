-- Saves of answers. A line of the table: attempt, attempt id, user id, cookie, token, then a valid answer per position.
-- Arguments: table, first sequence number. Each thread plays its own share of the attempts, one number after the other.
local threads = 0
function setup(thread) thread:set("share", threads); threads = threads + 1 end

function init(arguments)
  lines, at, round = {}, 0, tonumber(arguments[2])
  local number = 0
  for line in io.lines(arguments[1]) do
    if number % 2 == share then
      local cells = {}
      for cell in (line .. "\t"):gmatch("(.-)\t") do cells[#cells + 1] = cell end
      lines[#lines + 1] = cells
    end
    number = number + 1
  end
end

function request()
  at = at + 1
  if at > #lines then at, round = 1, round + 1 end
  local cells = lines[at]
  local position = (round + at) % (#cells - 5) + 1
  return wrk.format("POST", "/attempts/" .. cells[1] .. "/answers", {
    ["Content-Type"] = "application/json", ["X-Attempt"] = cells[2], ["X-User"] = cells[3],
    ["Cookie"] = cells[4], ["X-CSRFToken"] = cells[5],
  }, '{"seq":' .. round .. ',"position":' .. position .. ',"choices":' .. cells[5 + position] .. "}")
end
