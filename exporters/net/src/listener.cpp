// SPDX-License-Identifier: BSL-1.0
#include "asioscope/net/listener.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace asioscope::net {

namespace {

// Who finds the queue full tries again after a second, and so does Prometheus.
constexpr int backlog = SOMAXCONN;

struct any_address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

any_address tcp_socket_address(const tcp_address& from) {
  any_address result;
  in_addr v4{};
  in6_addr v6{};
  if (::inet_pton(AF_INET, from.host.c_str(), &v4) == 1) {
    sockaddr_in plain{};
    plain.sin_family = AF_INET;
    plain.sin_port = htons(from.port);
    plain.sin_addr = v4;
    std::memcpy(&result.storage, &plain, result.size = sizeof plain);
  } else if (::inet_pton(AF_INET6, from.host.c_str(), &v6) == 1) {
    sockaddr_in6 plain{};
    plain.sin6_family = AF_INET6;
    plain.sin6_port = htons(from.port);
    plain.sin6_addr = v6;
    std::memcpy(&result.storage, &plain, result.size = sizeof plain);
  } else {
    throw std::system_error(EINVAL, std::system_category(),
                            "'" + from.host + "' is not a numeric address");
  }
  return result;
}

any_address local_socket_address(const std::filesystem::path& path) {
  any_address result;
  sockaddr_un plain{};
  plain.sun_family = AF_UNIX;
  const std::string& text = path.native();
  if (text.empty() || text.size() >= sizeof plain.sun_path) {
    throw std::system_error(ENAMETOOLONG, std::system_category(), "cannot listen on " + text);
  }
  std::memcpy(plain.sun_path, text.c_str(), text.size() + 1);
  std::memcpy(&result.storage, &plain, result.size = sizeof plain);
  return result;
}

unique_fd open_socket(int family, const std::string& what) {
  unique_fd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) throw std::system_error(errno, std::system_category(), "cannot listen on " + what);
  return fd;
}

std::uint16_t bound_port(int fd) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  if (bound.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6&>(bound).sin6_port);
  }
  return ntohs(reinterpret_cast<const sockaddr_in&>(bound).sin_port);
}

bool nobody_answers(const any_address& address) {
  const unique_fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return probe && ::connect(probe.get(), address.get(), address.size) != 0 && errno == ECONNREFUSED;
}

}  // namespace

std::optional<std::filesystem::path> parse_local_address(std::string_view text) {
  constexpr std::string_view scheme = "unix:";
  const bool told = text.starts_with(scheme);
  if (told) text.remove_prefix(scheme.size());
  if (text.empty() || (!told && text.front() != '/')) return std::nullopt;
  return std::filesystem::path(text);
}

listener::listener(unique_fd fd, std::string address, std::uint16_t port,
                   std::filesystem::path file)
    : fd_(std::move(fd)),
      address_(std::move(address)),
      port_(port),
      file_(std::move(file)),
      forks_(forks_so_far()) {}

listener::~listener() {
  // The child's copy of this object must not take the file away from the parent.
  if (!file_.empty() && forks_ == forks_so_far()) ::unlink(file_.c_str());
}

listener listener::tcp(const tcp_address& wanted, unsigned candidates) {
  tcp_address attempt = wanted;
  for (;;) {
    const any_address address = tcp_socket_address(attempt);
    unique_fd fd = open_socket(address.storage.ss_family, to_string(attempt));
    // A restarted program must not wait for the old connections of its port to fade away.
    const int yes = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (::bind(fd.get(), address.get(), address.size) == 0 && ::listen(fd.get(), backlog) == 0) {
      attempt.port = bound_port(fd.get());
      return listener(std::move(fd), to_string(attempt), attempt.port, {});
    }
    const bool taken = errno == EADDRINUSE && wanted.port != 0;
    const bool more = attempt.port - wanted.port + 1 < static_cast<int>(candidates);
    if (!taken || !more || attempt.port == UINT16_MAX) {
      throw std::system_error(errno, std::system_category(),
                              "cannot listen on " + to_string(attempt));
    }
    ++attempt.port;
  }
}

listener listener::local(const std::filesystem::path& path) {
  const any_address address = local_socket_address(path);
  unique_fd fd = open_socket(AF_UNIX, path.native());
  int bound = ::bind(fd.get(), address.get(), address.size);
  if (bound != 0 && errno == EADDRINUSE) {
    std::error_code ignored;
    if (std::filesystem::is_socket(path, ignored) && nobody_answers(address)) {
      ::unlink(path.c_str());
      bound = ::bind(fd.get(), address.get(), address.size);
    } else {
      errno = EADDRINUSE;
    }
  }
  // Until listen() nobody can connect, so the mode is in force before it matters.
  if (bound != 0 || ::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0 ||
      ::listen(fd.get(), backlog) != 0) {
    const int error = errno;
    if (bound == 0) ::unlink(path.c_str());
    throw std::system_error(error, std::system_category(), "cannot listen on " + path.native());
  }
  return listener(std::move(fd), path.native(), 0, path);
}

}  // namespace asioscope::net
