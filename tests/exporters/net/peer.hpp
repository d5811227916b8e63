// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace asioscope::net::testing {

/// A blocking client for tests. Gives up after 20 seconds.
class peer {
 public:
  explicit peer(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connect(reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  explicit peer(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    connect(reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  ~peer() { close(); }
  peer(peer&& other) noexcept : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_) {}
  peer& operator=(peer&&) = delete;

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] int fd() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void finish() const { ::shutdown(fd_, SHUT_WR); }

  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  /// Exactly `size` bytes, fewer when the other side closes or gives up.
  [[nodiscard]] std::string receive(std::size_t size) const {
    std::string result;
    std::array<char, 65536> buffer;
    while (result.size() < size) {
      const ssize_t count =
          ::recv(fd_, buffer.data(), std::min(buffer.size(), size - result.size()), 0);
      if (count <= 0) break;
      result.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return result;
  }

  /// Everything until the other side closes.
  [[nodiscard]] std::string receive_all() const { return receive(std::size_t{1} << 40); }

  /// Whether the other side has closed, or closes within the time limit.
  [[nodiscard]] bool closed_by_other_side() const {
    char byte = 0;
    const ssize_t count = ::recv(fd_, &byte, 1, 0);
    return count == 0 || (count < 0 && errno == ECONNRESET);
  }

 private:
  void connect(const sockaddr* address, socklen_t size) {
    const timeval limit{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    connected_ = ::connect(fd_, address, size) == 0;
  }

  int fd_ = -1;
  bool connected_ = false;
};

}  // namespace asioscope::net::testing
