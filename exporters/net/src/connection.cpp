// SPDX-License-Identifier: BSL-1.0
#include "asioscope/net/connection.hpp"

#include "connection_state.hpp"

#include "asioscope/net/tcp_address.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace asioscope::net {

namespace {

constexpr std::size_t read_at_a_time = 16 * 1024;
constexpr std::chrono::seconds linger_time{1};

std::string describe_error(int error) { return std::system_category().message(error); }

}  // namespace

void connection::state::close(std::string why) {
  if (where == phase::closed) return;
  where = phase::closed;
  reason = std::move(why);
}

void connection::state::start_lingering(timeouts::clock::time_point now) {
  where = phase::lingering;
  ::shutdown(fd.get(), SHUT_WR);
  timing.expire_at(now + linger_time);
  if (input_ended) close("finished");
}

void connection::state::receive(timeouts::clock::time_point now) {
  std::array<char, read_at_a_time> buffer;
  const std::size_t space = where == phase::lingering
                                ? buffer.size()
                                : std::min(buffer.size(), limits.max_input - input.size());
  const ssize_t count = ::recv(fd.get(), buffer.data(), space, 0);
  if (count > 0) {
    if (where != phase::lingering) input.append(buffer.data(), static_cast<std::size_t>(count));
    timing.received(now);
  } else if (count == 0) {
    input_ended = true;
    if (where == phase::lingering) close("finished");
  } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
    close(describe_error(errno));
  }
}

bool connection::state::flush(timeouts::clock::time_point now) {
  while (queued() > 0) {
    const ssize_t count =
        ::send(fd.get(), output.data() + output_sent, queued(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) close(describe_error(errno));
      return false;
    }
    output_sent += static_cast<std::size_t>(count);
    timing.sent(now);
  }
  const bool drained = output_sent > 0;
  if (output.capacity() > read_at_a_time) {
    output = {};  // one large answer must not stay in memory for every idle peer
  } else {
    output.clear();
  }
  output_sent = 0;
  return drained;
}

connection::connection(std::unique_ptr<state> internals) : state_(std::move(internals)) {}
connection::~connection() = default;

bool connection::send(std::string bytes) {
  if (state_->where != state::phase::open || bytes.size() > room()) return false;
  if (bytes.empty()) return true;
  if (queued() == 0) {
    state_->output = std::move(bytes);
    state_->output_sent = 0;
    state_->timing.output_begins(timeouts::clock::now());
    return true;
  }
  if (state_->output_sent > state_->output.size() / 2) {
    state_->output.erase(0, std::exchange(state_->output_sent, 0));
  }
  state_->output.append(bytes);
  return true;
}

std::size_t connection::queued() const noexcept { return state_->queued(); }

std::size_t connection::room() const noexcept {
  return state_->limits.max_output - std::min(queued(), state_->limits.max_output);
}

void connection::finish() {
  if (state_->where == state::phase::open) state_->where = state::phase::finishing;
}

void connection::drop(std::string reason) { state_->close(std::move(reason)); }

void connection::expire_after(std::optional<std::chrono::milliseconds> time) {
  std::optional<timeouts::clock::time_point> when;
  if (time) when = timeouts::clock::now() + *time;
  state_->timing.expire_at(when);
}

std::string connection::peer() const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  std::array<char, INET6_ADDRSTRLEN> host{};
  if (::getpeername(state_->fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return "gone";
  }
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &v4.sin_addr, host.data(), host.size());
    return to_string(tcp_address{host.data(), ntohs(v4.sin_port)});
  }
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, host.data(), host.size());
    return to_string(tcp_address{host.data(), ntohs(v6.sin6_port)});
  }
  return "local";
}

}  // namespace asioscope::net
