// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "timeouts.hpp"

#include "asioscope/net/connection.hpp"
#include "asioscope/net/unique_fd.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace asioscope::net {

/// What the service knows of a connection.
struct connection::state {
  enum class phase {
    open,
    finishing,  // closes when the output has gone out
    lingering,  // our side is shut; waits a moment for the peer's, or the kernel would discard the
                // output
    closed,     // on_closed() is due
  };

  state(unique_fd socket, const connection_limits& wanted, timeouts::clock::time_point now)
      : fd(std::move(socket)), limits(wanted), timing(wanted.idle_timeout, now) {}

  [[nodiscard]] std::size_t queued() const noexcept { return output.size() - output_sent; }
  [[nodiscard]] bool wants_input() const noexcept {
    return where == phase::lingering ||
           (where == phase::open && !input_ended && input.size() < limits.max_input);
  }
  void close(std::string why);
  void start_lingering(timeouts::clock::time_point now);

  /// Reads what is there, at most what still fits.
  void receive(timeouts::clock::time_point now);
  /// Writes what the peer takes. True when the last byte went out in this call.
  bool flush(timeouts::clock::time_point now);

  unique_fd fd;
  connection_limits limits;
  timeouts timing;
  phase where = phase::open;
  std::string input;
  bool input_ended = false;
  std::string output;
  std::size_t output_sent = 0;
  std::string reason;
  std::unique_ptr<connection_handler> handler;
  const void* origin = nullptr;  // the listener it came from
};

}  // namespace asioscope::net
