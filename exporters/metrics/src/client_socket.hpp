// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/net/unique_fd.hpp"

#include <netdb.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace asioscope::metrics {

/// A TCP connection that somebody waits for, all of it until one deadline.
///
/// Errors: std::system_error that names the peer and what was tried; std::errc::timed_out when the
/// deadline passes.
class client_socket {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Connects to the first of the host's addresses that answers.
  client_socket(const std::string& host, std::uint16_t port, time_point deadline);

  /// Sends all, or as much as the peer wants before it answers or hangs up.
  void send(std::string_view bytes) const;

  /// Waits for bytes. How many there were; 0 when the peer has closed.
  [[nodiscard]] std::size_t receive(std::span<char> buffer) const;

 private:
  [[noreturn]] void fail(int error, const char* what) const;
  short wait(short events, time_point until, const char* what) const;
  int connect_one(const addrinfo& to, time_point until);

  std::string peer_;
  time_point deadline_;
  net::unique_fd fd_;
};

}  // namespace asioscope::metrics
