// SPDX-License-Identifier: BSL-1.0
#include "connection/dial.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace asioscope::viewer {
namespace {

std::string message_of(int error) { return std::strerror(error); }

dialled connect_to(const sockaddr* address, socklen_t length, int interrupt,
                   std::chrono::milliseconds timeout) {
  descriptor socket(::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return {{}, message_of(errno)};
  if (::connect(socket.get(), address, length) == 0) return {std::move(socket), {}};
  if (errno != EINPROGRESS) return {{}, message_of(errno)};
  std::array<pollfd, 2> waits = {{{socket.get(), POLLOUT, 0}, {interrupt, POLLIN, 0}}};
  const int ready = ::poll(waits.data(), waits.size(), static_cast<int>(timeout.count()));
  if (ready == 0) return {{}, "no answer"};
  if (ready < 0 || waits[1].revents != 0) return {{}, "interrupted"};
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return {{}, message_of(error)};
  return {std::move(socket), {}};
}

}  // namespace

dialled dial_unix(const std::string& path, int interrupt, std::chrono::milliseconds timeout) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return {{}, "the path of the socket is too long"};
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address, interrupt,
                    timeout);
}

dialled dial_tcp(const std::string& host, const std::string& port, int interrupt,
                 std::chrono::milliseconds timeout) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0) {
    return {{}, ::gai_strerror(error)};
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
  dialled result{{}, "the host has no address"};
  for (const addrinfo* each = found; each != nullptr && !result.socket; each = each->ai_next) {
    result = connect_to(each->ai_addr, each->ai_addrlen, interrupt, timeout);
  }
  return result;
}

}  // namespace asioscope::viewer
