-- Pages. A line of the table: path, cookie. Arguments: table.
local threads = 0
function setup(thread) thread:set("share", threads); threads = threads + 1 end

function init(arguments)
  lines, at = {}, 0
  local number = 0
  for line in io.lines(arguments[1]) do
    if number % 2 == share then lines[#lines + 1] = { line:match("^(.-)\t(.*)$") } end
    number = number + 1
  end
end

function request()
  at = at % #lines + 1
  return wrk.format("GET", lines[at][1], { ["Cookie"] = lines[at][2] })
end
