-- wrk -s signed.lua URL -- FILE ACTION: every message of the file once, each behind its length.
local requests, turn = {}, 0

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  local headers = { ["Content-Type"] = "text/xml; charset=utf-8", ["SOAPAction"] = arguments[2] }
  local length = file:read(8)
  while length do
    requests[#requests + 1] = wrk.format("POST", nil, headers, file:read(tonumber(length)))
    length = file:read(8)
  end
  file:close()
end

function request()
  turn = turn + 1
  return requests[turn] or requests[1]
end

function done(summary, latency)
  local errors = summary.errors
  local bad = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('{"requests":%d,"seconds":%f,"bad":%d,"p50":%f,"p99":%f}\n',
    summary.requests, summary.duration / 1e6, bad,
    latency:percentile(50) / 1e6, latency:percentile(99) / 1e6))
end
