// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/net/connection.hpp"
#include "asioscope/net/listener.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace asioscope::net {

struct service_options {
  std::string thread_name = "asioscope-net";  ///< at most 15 characters
  std::chrono::milliseconds tick_period{0};   ///< 0 = no ticks
  std::function<void()> on_tick = {};         ///< called on the service's thread once a period
};

/// One thread that serves listeners and their connections, apart from the program's own loops: it
/// answers even when every one of them is stuck.
///
/// Thread safety: every function may be called from any thread. Lifetime: must not be destroyed on
/// its own thread. In a child made by fork() nothing of it runs and its sockets are closed; calls
/// there do nothing. Errors: the constructor throws std::system_error. An exception from a tick or
/// a posted function is dropped.
class service {
 public:
  using factory = std::function<std::unique_ptr<connection_handler>(connection&)>;

  explicit service(service_options options);
  ~service();
  service(const service&) = delete;
  service& operator=(const service&) = delete;

  /// Serves the listener from now on. `make` is called on the service's thread; a null handler or
  /// an exception refuses the peer.
  void listen(listener socket, const connection_limits& limits, factory make);

  /// Runs `work` on the service's thread. False when the service has been stopped, `work` is then
  /// destroyed unrun.
  bool post(std::function<void()> work);

  /// Changes the period of the ticks from now on, 0 = none. Only on the service's thread: a server
  /// that has nothing to do while nobody is connected need not wake up for that.
  void tick_every(std::chrono::milliseconds period);

  /// Runs what was posted, closes listeners and connections and waits for the thread to end. Output
  /// that the peer's buffers do not take at once is lost. Called on the service's own thread it
  /// does not wait.
  void stop() noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace asioscope::net
