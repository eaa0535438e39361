-- wrk -s load.lua URL -- TEMPLATE COUNT: the template again and again, with COUNT pairs of ids.
local requests, turn = {}, 0

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  local template = file:read("*a")
  file:close()
  local headers = { ["Content-Type"] = "text/xml; charset=utf-8", ["SOAPAction"] = arguments[3] }
  for number = 1, tonumber(arguments[2]) do
    local body = template:gsub("bench%-%d%d%d%d%d%d(%d)", function(last)
      return string.format("bench-%07d", 2 * number + tonumber(last))
    end)
    requests[number] = wrk.format("POST", nil, headers, body)
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  local errors = summary.errors
  local bad = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('{"requests":%d,"seconds":%f,"bad":%d,"p50":%f,"p99":%f}\n',
    summary.requests, summary.duration / 1e6, bad,
    latency:percentile(50) / 1e6, latency:percentile(99) / 1e6))
end
