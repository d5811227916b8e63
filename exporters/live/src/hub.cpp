// SPDX-License-Identifier: BSL-1.0
#include "hub.hpp"

#include "asioscope/net/listener.hpp"
#include "asioscope/net/tcp_address.hpp"
#include "asioscope/schema/rendezvous.hpp"

#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace asioscope::live {
namespace {

constexpr std::size_t smallest_buffer = std::size_t{1} << 20;

/// Peers that are told that there is no place for them.
constexpr std::size_t places_at_the_door = 4;

/// A viewer that takes nothing for so long has hung; it would keep the trace going for ever.
constexpr std::chrono::seconds longest_silence{60};

/// After work that took t, nothing is done for as long as this times t.
constexpr int rest_factor = 9;

}  // namespace

hub::hub(options wanted, std::unique_ptr<data_source> source,
         std::chrono::milliseconds greeting_time)
    : options_(std::move(wanted)),
      greeting_time_(greeting_time),
      source_(std::move(source)),
      service_({.thread_name = "asioscope-live",
                .tick_period = std::chrono::milliseconds{0},
                .on_tick = [this] { tick(); }}) {
  options_.viewer_buffer = std::max(options_.viewer_buffer, smallest_buffer);
  options_.frame_interval = std::max(options_.frame_interval, std::chrono::milliseconds{1});
  if (options_.local) listen(open_local());
  if (!options_.tcp.empty()) listen(open_tcp());
}

hub::~hub() {
  service_.post([this] {
    for (viewer* const each : viewers_)
      each->take_leave("the program stops showing itself");
  });
  service_.stop();
}

net::listener hub::open_local() const {
  if (!options_.socket.empty()) return net::listener::local(options_.socket);
  schema::make_private_directory(schema::runtime_directory());
  schema::remove_stale_sockets(schema::runtime_directory());
  return net::listener::local(schema::socket_path(options_.program, ::getpid()));
}

net::listener hub::open_tcp() const {
  const auto address = net::parse_tcp_address(options_.tcp);
  if (!address) {
    throw std::invalid_argument{"'" + options_.tcp + "' is no address to listen on: HOST:PORT"};
  }
  if (!net::is_loopback(*address)) {
    // There is no authentication: whoever reaches the port sees the program from inside.
    throw std::invalid_argument{options_.tcp +
                                " is not on the loopback; use ssh -L to look from elsewhere"};
  }
  return net::listener::tcp(*address);
}

void hub::listen(net::listener socket) {
  addresses_.push_back(socket.address());
  net::connection_limits limits;
  limits.max_connections = options_.max_viewers + places_at_the_door;
  limits.max_input = greeting_bytes;
  limits.max_output = options_.viewer_buffer;
  limits.idle_timeout = longest_silence;
  service_.listen(std::move(socket), limits,
                  [this](net::connection& peer) { return welcome(peer); });
}

std::unique_ptr<net::connection_handler> hub::welcome(net::connection& peer) {
  const auto present = std::count_if(viewers_.begin(), viewers_.end(),
                                     [](const viewer* each) { return !each->is_leaving(); });
  const bool full = static_cast<std::size_t>(present) >= options_.max_viewers;
  if (viewers_.empty()) service_.tick_every(options_.frame_interval);
  auto added = std::make_unique<viewer>(peer, viewers_, *source_);
  if (full) {
    added->take_leave(std::to_string(options_.max_viewers) + " viewers are connected already");
  }
  return added;
}

void hub::tick() {
  if (viewers_.empty()) {
    service_.tick_every(std::chrono::milliseconds{0});
    return;
  }
  const clock::time_point begin = clock::now();
  for (viewer* const each : viewers_)
    each->expect_greeting(begin - greeting_time_);
  if (begin < pause_until_) return;

  bool anyone = false;
  for (viewer* const each : viewers_) {
    if (!each->is_ready()) continue;
    each->read_events();
    anyone = true;
  }
  if (!anyone) return;
  const auto known = std::make_shared<const schema::snapshot>(source_->take_snapshot());
  for (viewer* const each : viewers_) {
    if (each->is_ready()) each->show(known, begin);
  }
  const clock::time_point end = clock::now();
  pause_until_ = end + rest_factor * (end - begin);
}

}  // namespace asioscope::live
