// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/net/tcp_address.hpp"
#include "asioscope/net/unique_fd.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace asioscope::net {

/// Reads the address of a Unix socket: an absolute path, or "unix:" and a path. Nothing when the
/// text is neither.
[[nodiscard]] std::optional<std::filesystem::path> parse_local_address(std::string_view text);

/// A socket that accepts connections: non-blocking and close-on-exec.
///
/// Errors: both makers throw std::system_error with a message that names the address.
class listener {
 public:
  /// Listens on a TCP port. When it is taken, the next one is tried, `candidates` in all; port 0
  /// means any.
  static listener tcp(const tcp_address& wanted, unsigned candidates = 64);

  /// Listens on a Unix socket that only this user may connect to (mode 0600). A socket that a dead
  /// program left at `path` is replaced; one that still answers, or anything that is not a socket,
  /// is an error.
  static listener local(const std::filesystem::path& path);

  /// Closes, and removes the file of a Unix socket unless this process is a forked child.
  ~listener();
  listener(listener&&) noexcept = default;
  listener& operator=(listener&&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// Where it really listens, e.g. "127.0.0.1:9465", or the path.
  [[nodiscard]] const std::string& address() const noexcept { return address_; }
  /// 0 for a Unix socket.
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  listener(unique_fd fd, std::string address, std::uint16_t port, std::filesystem::path file);

  unique_fd fd_;
  std::string address_;
  std::uint16_t port_ = 0;
  std::filesystem::path file_;  // empty for TCP and after a move
  unsigned forks_ = 0;
};

}  // namespace asioscope::net
