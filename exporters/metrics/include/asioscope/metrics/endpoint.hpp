// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/metrics/collector.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace asioscope::metrics {

struct endpoint_options {
  /// "HOST:PORT" with a numeric host or localhost; port 0: any free one. Or a Unix socket that only
  /// this user may connect to: its absolute path, or "unix:PATH".
  std::string address = "127.0.0.1:9464";
  /// How many ports to try, one after the other, when the wanted one is taken.
  unsigned ports = 64;
  collect_options collect = {};
  /// What the page for people calls the program; empty: the name of its executable.
  std::string program = {};

  /// What peers must send ("Authorization: Bearer TOKEN") to see more than the health pages. Empty:
  /// nothing, whoever reaches the address sees everything.
  std::string token = {};
  /// A file with the token, instead. Read once, at the start.
  std::filesystem::path token_file = {};

  /// How long one handler may keep a loop from anything else before `/livez` and `/readyz` answer
  /// with status 503, at the second request that finds it so. Nothing: however long.
  std::optional<std::chrono::nanoseconds> liveness_limit = {};
};

/// An HTTP/1.1 server for Prometheus, on a thread of its own: it answers while every loop of the
/// program is stuck, and nothing a peer does reaches a loop. `/metrics`, `/healthz`, `/livez`,
/// `/readyz`, and `/` for people; docs/endpoint.md describes them.
///
/// Thread safety: any thread. Errors: the constructor throws std::invalid_argument for an address
/// that cannot be read or a token that cannot be used, std::system_error when nothing can be
/// listened on. A collection that throws is answered with status 500.
class endpoint {
 public:
  explicit endpoint(endpoint_options options = {});
  ~endpoint();
  endpoint(const endpoint&) = delete;
  endpoint& operator=(const endpoint&) = delete;

  /// 0 for a Unix socket.
  [[nodiscard]] std::uint16_t port() const noexcept;
  /// E.g. "http://127.0.0.1:9464/metrics", or "unix:/path/of/socket".
  [[nodiscard]] std::string url() const;

  /// Stops serving and waits for the thread to end: at most as long as a collection takes.
  void stop() noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace asioscope::metrics
