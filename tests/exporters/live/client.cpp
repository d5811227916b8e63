// SPDX-License-Identifier: BSL-1.0
#include "client.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <variant>

namespace asioscope::live::testing {
namespace {

constexpr std::chrono::seconds patience{20};

int connect_local(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

int connect_tcp(const std::string& host, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  ::inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

}  // namespace

client::client(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  fd_ = colon == std::string::npos
            ? connect_local(address)
            : connect_tcp(address.substr(0, colon), std::stoi(address.substr(colon + 1)));
}

client::~client() {
  if (fd_ >= 0) ::close(fd_);
}

void client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the server hung up: the test looks at why
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void client::say(const schema::message& value) {
  std::string bytes;
  schema::encode(value, bytes);
  send(bytes);
}

bool client::wait(std::chrono::milliseconds time) {
  pollfd polled{fd_, POLLIN, 0};
  return ::poll(&polled, 1, static_cast<int>(time.count())) == 1;
}

bool client::receive() {
  std::array<char, 65536> part;
  const ssize_t got = ::recv(fd_, part.data(), part.size(), 0);
  if (got <= 0) return false;
  received_.append(part.data(), static_cast<std::size_t>(got));
  decoder_.feed({part.data(), static_cast<std::size_t>(got)});
  return true;
}

std::optional<schema::message> client::next() {
  while (true) {
    if (auto message = decoder_.next()) return message;
    EXPECT_EQ(decoder_.error(), "");
    if (!decoder_.error().empty()) return std::nullopt;
    if (!wait(patience)) {
      ADD_FAILURE() << "the server says nothing";
      return std::nullopt;
    }
    if (!receive()) return std::nullopt;
  }
}

schema::frame client::next_frame(const std::function<bool(const schema::frame&)>& wanted) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < deadline) {
    const auto message = next();
    if (!message) break;
    const auto* const frame = std::get_if<schema::frame>(&*message);
    if (frame != nullptr && wanted(*frame)) return *frame;
  }
  ADD_FAILURE() << "the frame did not come";
  return {};
}

std::string client::read_goodbye() {
  std::string reason;
  while (auto message = next()) {
    if (const auto* const last = std::get_if<schema::goodbye>(&*message)) reason = last->reason;
  }
  return reason;
}

bool client::read_to_end(std::chrono::milliseconds time) {
  const auto deadline = std::chrono::steady_clock::now() + time;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0 || !wait(left)) return false;
    if (!receive()) return true;
  }
}

}  // namespace asioscope::live::testing
