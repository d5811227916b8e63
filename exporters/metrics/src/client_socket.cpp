// SPDX-License-Identifier: BSL-1.0
#include "client_socket.hpp"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>

#include <cerrno>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace asioscope::metrics {

namespace {

using clock = std::chrono::steady_clock;

struct address_deleter {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using addresses = std::unique_ptr<addrinfo, address_deleter>;

/// One call of getaddrinfo(3), which has no deadline. So it is made on a thread that goes on alone
/// when nobody waits for it any more, and what it works with belongs to both.
struct lookup {
  lookup(std::string wanted_host, std::uint16_t wanted_port)
      : host(std::move(wanted_host)), port(std::to_string(wanted_port)) {}

  void look_up(int flags) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV | flags;
    addrinfo* list = nullptr;
    const int result = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
    const std::lock_guard lock(mutex);
    status = result;
    found.reset(result == 0 ? list : nullptr);
    ended = true;
    changed.notify_one();
  }

  const std::string host;
  const std::string port;
  std::mutex mutex;
  std::condition_variable changed;
  bool ended = false;
  int status = 0;
  addresses found;
};

/// On a thread that runs none of the program's signal handlers.
void look_up_beside(const std::shared_ptr<lookup>& what) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::thread([what] { what->look_up(0); }).detach();
  } catch (...) {
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

addresses find_addresses(const std::string& host, std::uint16_t port, clock::time_point deadline,
                         const std::string& peer) {
  const auto shared = std::make_shared<lookup>(host, port);
  shared->look_up(AI_NUMERICHOST);
  std::unique_lock lock(shared->mutex);
  if (shared->status != 0) {
    shared->ended = false;
    look_up_beside(shared);
    if (!shared->changed.wait_until(lock, deadline, [&] { return shared->ended; })) {
      throw std::system_error(std::make_error_code(std::errc::timed_out),
                              peer + ": looking up '" + host + "'");
    }
  }
  if (shared->status != 0) {
    throw std::system_error(
        std::make_error_code(std::errc::host_unreachable),
        peer + ": looking up '" + host + "' (" + ::gai_strerror(shared->status) + ")");
  }
  return std::move(shared->found);
}

}  // namespace

client_socket::client_socket(const std::string& host, std::uint16_t port, time_point deadline)
    : peer_(host + ':' + std::to_string(port)), deadline_(deadline) {
  const addresses all = find_addresses(host, port, deadline, peer_);
  int left = 0;
  for (const addrinfo* each = all.get(); each != nullptr; each = each->ai_next)
    ++left;
  int error = 0;
  for (const addrinfo* each = all.get(); each != nullptr; each = each->ai_next, --left) {
    // One that does not answer must leave time for the others.
    const auto now = clock::now();
    error = connect_one(*each, now + (deadline - now) / left);
    if (error == 0) return;
  }
  fail(error, "connecting");
}

int client_socket::connect_one(const addrinfo& to, time_point until) {
  fd_ = net::unique_fd(
      ::socket(to.ai_family, to.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, to.ai_protocol));
  if (!fd_) return errno;
  if (::connect(fd_.get(), to.ai_addr, to.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS && errno != EINTR) return errno;
  try {
    wait(POLLOUT, until, "connecting");
  } catch (const std::system_error& late) {
    return late.code().value();
  }
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

void client_socket::fail(int error, const char* what) const {
  throw std::system_error(error, std::generic_category(), peer_ + ": " + what);
}

short client_socket::wait(short events, time_point until, const char* what) const {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now());
    if (left.count() <= 0) fail(ETIMEDOUT, what);
    pollfd one{.fd = fd_.get(), .events = events, .revents = 0};
    const int count = ::poll(&one, 1, static_cast<int>(left.count()));
    if (count > 0) return one.revents;
    if (count < 0 && errno != EINTR) fail(errno, what);
  }
}

void client_socket::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    // A server that refuses a request may answer before it has read all of it.
    if ((wait(POLLIN | POLLOUT, deadline_, "sending") & POLLIN) != 0) return;
    const ssize_t count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EPIPE || errno == ECONNRESET) {
      return;
    } else if (errno != EAGAIN && errno != EINTR) {
      fail(errno, "sending");
    }
  }
}

std::size_t client_socket::receive(std::span<char> buffer) const {
  for (;;) {
    wait(POLLIN, deadline_, "waiting for the answer");
    const ssize_t count = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EAGAIN && errno != EINTR) fail(errno, "waiting for the answer");
  }
}

}  // namespace asioscope::metrics
