// SPDX-License-Identifier: BSL-1.0
#include "asioscope/net/service.hpp"

#include "connection_state.hpp"

#include "asioscope/net/quiet_thread.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <exception>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace asioscope::net {

namespace {

using clock = timeouts::clock;
using phase = connection::state::phase;

// Without descriptors or memory accepting again at once would only burn the processor.
constexpr std::chrono::milliseconds accept_pause{250};
constexpr int accepts_per_turn = 16;

// Who takes nothing of what waits for him for so long must give way to others.
constexpr std::chrono::seconds reader_patience{2};

/// Runs code of the service's users.
template <class Function>
void guarded(connection::state& peer, Function&& function) {
  try {
    std::forward<Function>(function)();
  } catch (const std::exception& error) {
    peer.close(error.what());
  } catch (...) {
    peer.close("unknown exception");
  }
}

void guarded(const std::function<void()>& function) {
  try {
    function();
  } catch (...) {  // NOLINT(bugprone-empty-catch): documented; there is nobody to tell
  }
}

}  // namespace

struct service::state {
  struct served {
    listener socket;
    connection_limits limits;
    factory make;
    clock::time_point paused_until{};
  };
  using connection_ptr = std::unique_ptr<connection>;

  explicit state(service_options wanted)
      : options(std::move(wanted)), wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!wake) throw std::system_error(errno, std::system_category(), "cannot start a service");
  }

  void run() noexcept;
  bool turn();
  void ring() const noexcept;
  bool take_posted();
  void close_everything();

  void wait(clock::time_point now);
  void handle_connections(clock::time_point now);
  void handle_listeners(clock::time_point now);
  bool has_room(const served& from, clock::time_point now);
  void adopt(unique_fd fd, const served& from, clock::time_point now);
  static void deliver(connection& self);
  static void advance(connection& self, clock::time_point now);
  void advance_all(clock::time_point now);

  service_options options;
  unique_fd wake;

  std::mutex mutex;  // guards the next two
  std::vector<std::function<void()>> posted;
  bool stopping = false;

  // The rest belongs to the thread.
  std::vector<std::unique_ptr<served>> listeners;
  std::vector<connection_ptr> connections;
  std::vector<pollfd> polled;  // the eventfd, the listeners, the connections, in their order
  clock::time_point next_tick = clock::time_point::max();

  std::mutex join_mutex;               // held by whoever waits for the thread to end
  std::optional<quiet_thread> thread;  // last: it uses all of the above
};

void service::state::ring() const noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake.get(), &one, sizeof one);
}

/// Runs what was posted. True when it is time to stop.
bool service::state::take_posted() {
  std::vector<std::function<void()>> work;
  bool stop = false;
  {
    const std::lock_guard lock(mutex);
    work.swap(posted);
    stop = stopping;
  }
  for (const std::function<void()>& function : work)
    guarded(function);
  return stop;
}

/// One round. False when it was the last.
bool service::state::turn() {
  if (take_posted()) return false;
  advance_all(clock::now());
  wait(clock::now());
  const clock::time_point now = clock::now();
  handle_connections(now);
  handle_listeners(now);
  if (now >= next_tick) {
    next_tick += options.tick_period;
    guarded(options.on_tick);
    // Ticks that could not be kept are not made up for.
    if (const clock::time_point after = clock::now(); next_tick <= after) {
      next_tick = after + options.tick_period;
    }
  }
  return true;
}

void service::state::run() noexcept {
  if (options.tick_period.count() > 0) next_tick = clock::now() + options.tick_period;
  for (bool more = true; more;) {
    try {
      more = turn();
    } catch (...) {
      // Out of memory: the program may recover, and must not end because of us.
      ::poll(nullptr, 0, static_cast<int>(accept_pause.count()));
    }
  }
  try {
    close_everything();
  } catch (...) {  // NOLINT(bugprone-empty-catch): as above
  }
}

void service::state::close_everything() {
  listeners.clear();
  for (const connection_ptr& each : connections) {
    if (each->state_->where != phase::closed) each->state_->flush(clock::now());
    each->state_->close("the program stops serving");
  }
  advance_all(clock::now());
}

void service::state::wait(clock::time_point now) {
  clock::time_point until = next_tick;
  polled.clear();
  polled.push_back({wake.get(), POLLIN, 0});
  for (const auto& each : listeners) {
    const bool paused = now < each->paused_until;
    if (paused) until = std::min(until, each->paused_until);
    polled.push_back({paused ? -1 : each->socket.fd(), POLLIN, 0});
  }
  for (const connection_ptr& each : connections) {
    const connection::state& peer = *each->state_;
    until = std::min(until, peer.timing.deadline(peer.queued() > 0));
    const int events = (peer.wants_input() ? POLLIN : 0) | (peer.queued() > 0 ? POLLOUT : 0);
    polled.push_back({peer.fd.get(), static_cast<short>(events), 0});
  }
  int timeout = -1;
  if (until != clock::time_point::max()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
    timeout = static_cast<int>(std::clamp<long long>(left, 0, 60'000));
  }
  if (::poll(polled.data(), polled.size(), timeout) < 0) {
    for (pollfd& each : polled)
      each.revents = 0;
  }
  if ((polled[0].revents & POLLIN) != 0) {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t taken = ::read(wake.get(), &count, sizeof count);
  }
}

void service::state::handle_connections(clock::time_point now) {
  for (std::size_t i = 0; i < connections.size(); ++i) {
    connection& self = *connections[i];
    connection::state& peer = *self.state_;
    const short events = polled[1 + listeners.size() + i].revents;
    if (peer.where == phase::closed) continue;
    if ((events & POLLIN) != 0 && peer.wants_input()) {
      guarded(peer, [&] { peer.receive(now); });
      deliver(self);
    } else if ((events & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
      // Nothing can reach the peer any more.
      peer.close("the peer has gone");
    }
  }
}

void service::state::handle_listeners(clock::time_point now) {
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    if ((polled[1 + i].revents & POLLIN) == 0) continue;
    served& from = *listeners[i];
    for (int n = 0; n < accepts_per_turn; ++n) {
      unique_fd fd(::accept4(from.socket.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (fd) {
        adopt(std::move(fd), from, now);
        continue;
      }
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        from.paused_until = now + accept_pause;
      }
      // A peer that left before it was accepted is no reason to leave the others waiting.
      if (errno != EINTR && errno != ECONNABORTED) break;
    }
  }
}

/// Whether one more connection may come from that listener; makes room when that is wanted.
bool service::state::has_room(const served& from, clock::time_point now) {
  std::size_t count = 0;
  connection::state* idlest = nullptr;
  const auto active = [](const connection::state& peer) {
    return peer.timing.last_activity(peer.queued() > 0);
  };
  for (const connection_ptr& each : connections) {
    connection::state& peer = *each->state_;
    if (peer.origin != &from || peer.where == phase::closed) continue;
    ++count;
    if (peer.queued() > 0 && now - active(peer) < reader_patience) continue;
    if (idlest == nullptr || active(peer) < active(*idlest)) idlest = &peer;
  }
  if (count < from.limits.max_connections) return true;
  if (!from.limits.make_room || idlest == nullptr) return false;
  idlest->close("another peer needs the place");
  return true;
}

void service::state::adopt(unique_fd fd, const served& from, clock::time_point now) {
  if (!has_room(from, now)) return;
  connection_ptr added = std::make_unique<connection>(
      std::make_unique<connection::state>(std::move(fd), from.limits, now));
  connection::state& peer = *added->state_;
  peer.origin = &from;
  guarded(peer, [&] { peer.handler = from.make(*added); });
  if (peer.handler) connections.push_back(std::move(added));
}

/// Offers the input to the handler for as long as it takes some.
void service::state::deliver(connection& self) {
  connection::state& peer = *self.state_;
  guarded(peer, [&] {
    while (peer.where == phase::open && !peer.input.empty()) {
      const std::size_t consumed = peer.handler->on_data(self, peer.input);
      if (consumed == 0) break;
      peer.input.erase(0, consumed);
    }
  });
}

/// Moves output on, and the connection through its phases.
void service::state::advance(connection& self, clock::time_point now) {
  connection::state& peer = *self.state_;
  while (peer.where != phase::closed && peer.flush(now)) {
    guarded(peer, [&] { peer.handler->on_drained(self); });
    deliver(self);
  }
  if (peer.where == phase::finishing && peer.queued() == 0) peer.start_lingering(now);
  if (peer.where == phase::open && peer.queued() == 0) {
    if (peer.input_ended) peer.close("the peer has finished");
    if (peer.input.size() >= peer.limits.max_input) peer.close("sent too much at once");
  }
  if (const char* why = peer.timing.verdict(now, peer.queued() > 0)) peer.close(why);
}

void service::state::advance_all(clock::time_point now) {
  for (const connection_ptr& each : connections)
    advance(*each, now);
  std::erase_if(connections, [](const connection_ptr& each) {
    connection::state& peer = *each->state_;
    if (peer.where != phase::closed) return false;
    guarded(peer, [&] { peer.handler->on_closed(*each, peer.reason); });
    peer.handler.reset();
    return true;
  });
}

service::service(service_options options) : state_(std::make_unique<state>(std::move(options))) {
  state_->thread.emplace(state_->options.thread_name, [s = state_.get()] { s->run(); });
}

service::~service() {
  stop();
  // In a forked child the parent's thread may have held any lock at the fork: what it left is not
  // touched.
  if (state_->thread->left_behind()) static_cast<void>(state_.release());
}

void service::listen(listener socket, const connection_limits& limits, factory make) {
  auto added = std::make_shared<std::unique_ptr<state::served>>(std::make_unique<state::served>(
      state::served{std::move(socket), limits, std::move(make), {}}));
  post([this, added] { state_->listeners.push_back(std::move(*added)); });
}

bool service::post(std::function<void()> work) {
  if (state_->thread->left_behind()) return false;
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->stopping) return false;
    state_->posted.push_back(std::move(work));
  }
  state_->ring();
  return true;
}

void service::tick_every(std::chrono::milliseconds period) {
  state_->options.tick_period = period;
  state_->next_tick = period.count() > 0 ? clock::now() + period : clock::time_point::max();
}

void service::stop() noexcept {
  if (state_->thread->left_behind()) return;
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->ring();
  if (state_->thread->is_current()) return;
  const std::lock_guard lock(state_->join_mutex);
  state_->thread->join();
}

}  // namespace asioscope::net
