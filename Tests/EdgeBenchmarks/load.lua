-- One request per line of a file of tokens, each token once; without a file the same request again and again.
-- The environment says what to send, since wrk hands arguments to threads only.
local kind = os.getenv("LOAD_KIND")
local path = os.getenv("LOAD_PATH")
local tokens = os.getenv("LOAD_TOKENS")
local count = 0

function setup(thread)
  thread:set("id", count)
  count = count + 1
end

local lines, position, head, tail = {}, 0, nil, nil

function init(args)
  if kind == "get" then
    head = "GET " .. path .. " HTTP/1.1\r\nHost: edge\r\n\r\n"
    return
  end
  local number = 0
  for line in io.lines(tokens) do
    if number % 2 == id then lines[#lines + 1] = line end
    number = number + 1
  end
  local length = #lines[1] + #'{"token":""}'
  head = "POST " .. path .. " HTTP/1.1\r\nHost: edge\r\nContent-Type: application/json\r\nContent-Length: "
    .. length .. "\r\n\r\n{\"token\":\""
  tail = "\"}"
end

function request()
  if kind == "get" then return head end
  position = position % #lines + 1
  return head .. lines[position] .. tail
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), latency:percentile(99.9), latency.max,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
