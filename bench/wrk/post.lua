-- Forms sent once each. A line of the table: path, cookie, body. Arguments: table, first line. Runs out: GET /healthz.
local threads = 0
function setup(thread) thread:set("share", threads); threads = threads + 1 end

function init(arguments)
  lines, at = {}, 0
  local number, first = 0, tonumber(arguments[2])
  for line in io.lines(arguments[1]) do
    if number >= first and number % 2 == share then lines[#lines + 1] = { line:match("^(.-)\t(.-)\t(.*)$") } end
    number = number + 1
  end
end

function request()
  at = at + 1
  if at > #lines then error("the table is too short for this round") end
  return wrk.format("POST", lines[at][1], {
    ["Content-Type"] = "application/x-www-form-urlencoded", ["Cookie"] = lines[at][2],
  }, lines[at][3])
end
