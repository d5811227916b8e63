// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace asioscope::net {

/// What a peer may cost. Everything that comes from it is capped before it is believed.
struct connection_limits {
  std::size_t max_connections = 32;
  /// When all places are taken: close the connection that has been idle longest in favour of the
  /// new one (else the new one is refused). One with output pending counts as idle only when it has
  /// taken nothing of it for 2 s.
  bool make_room = false;
  std::size_t max_input = 64 * 1024;          ///< received and not yet consumed
  std::size_t max_output = 16 * 1024 * 1024;  ///< queued and not yet taken by the peer
  std::chrono::milliseconds idle_timeout{
      60'000};  ///< without a byte, or without one taken while output waits
};

class service;

/// One accepted connection, as its handler sees it.
///
/// Thread safety: only on the service's thread: in the handler's functions, in the service's tick
/// and in what was posted to it. Lifetime: until on_closed() has returned.
class connection {
 public:
  struct state;
  /// Only a service makes connections.
  explicit connection(std::unique_ptr<state> internals);
  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// Queues bytes for the peer. False, and nothing is queued, when more than `max_output` would
  /// wait or the connection is being closed.
  bool send(std::string bytes);

  [[nodiscard]] std::size_t queued() const noexcept;  ///< bytes that wait for the peer
  [[nodiscard]] std::size_t room() const noexcept;    ///< bytes that send() would accept now

  /// Closes when everything queued has gone out. No more input is delivered.
  void finish();
  /// Closes without sending what is queued. Takes effect when the calling function returns to the
  /// service.
  void drop(std::string reason);
  /// Drops the connection after that long, whatever goes on; nullopt: never. Idle time counts
  /// besides.
  void expire_after(std::optional<std::chrono::milliseconds> time);

  /// "127.0.0.1:51234", or "local" on a Unix socket.
  [[nodiscard]] std::string peer() const;

 private:
  friend class service;

  std::unique_ptr<state> state_;
};

/// What a server does with one connection. Made by its factory when a peer has been accepted;
/// destroyed after on_closed(). An exception from any function drops the connection, with its
/// what() as the reason.
class connection_handler {
 public:
  virtual ~connection_handler() = default;

  /// `input` is everything received and not yet consumed. Returns how much of it is consumed now.
  /// Called again at once while input is left and something was consumed; else when more arrives or
  /// the output has gone out, so a server that wants no second request before its answer is taken
  /// just returns 0. A peer whose input is full, while nothing is consumed and no output waits, is
  /// dropped.
  virtual std::size_t on_data(connection& self, std::string_view input) = 0;

  /// Everything queued has gone out.
  virtual void on_drained(connection& self) { static_cast<void>(self); }

  /// The last call. `reason` says why, for people.
  virtual void on_closed(connection& self, std::string_view reason) {
    static_cast<void>(self);
    static_cast<void>(reason);
  }
};

}  // namespace asioscope::net
