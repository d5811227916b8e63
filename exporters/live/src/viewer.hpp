// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "data_source.hpp"
#include "handshake.hpp"

#include "asioscope/net/connection.hpp"
#include "asioscope/schema/codec.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <string>
#include <string_view>

namespace asioscope::live {

class viewer;
using viewer_list = std::list<viewer*>;

/// A peer that has not said a valid hello within that many bytes is dropped.
inline constexpr std::size_t greeting_bytes = std::size_t{64} << 10;

/// One connected viewer: what it said, what it was sent, what waits for it.
///
/// At any time it has been sent, or there waits for it, everything up to `known_`; what changed
/// since is found by comparing. So frames that it was too slow for are not kept anywhere: the next
/// one makes up for them. Its events wait in the rings of the recorder, where the oldest are
/// overwritten and counted.
class viewer final : public net::connection_handler {
 public:
  using clock = std::chrono::steady_clock;

  /// `others`: the list of viewers, in which it is as long as it lives. Must outlive it.
  viewer(net::connection& peer, viewer_list& others, data_source& source);
  ~viewer() override;

  std::size_t on_data(net::connection& self, std::string_view input) override;
  void on_drained(net::connection& self) override;

  /// Drops a peer that connected before `then` and has not greeted yet.
  void expect_greeting(clock::time_point then);

  [[nodiscard]] bool is_leaving() const noexcept { return leaving_; }

  /// It is to get a frame now: it has greeted, and nothing made earlier still waits to be queued.
  [[nodiscard]] bool is_ready() const noexcept;

  /// Reads its events. Comes before the snapshot is taken, so that the snapshot names their sites.
  void read_events();

  /// Sends what changed up to `now_known`, with the events that were read.
  void show(const std::shared_ptr<const schema::snapshot>& now_known, clock::time_point now);

  /// Says why and hangs up.
  void take_leave(std::string reason);

 private:
  void obey();
  void append(const schema::message& value);
  void queue_waiting();

  net::connection& peer_;
  viewer_list& others_;
  viewer_list::iterator place_;
  data_source& source_;
  clock::time_point arrived_;
  std::size_t received_ = 0;  // before the hello
  schema::decoder decoder_;
  handshake said_;
  bool leaving_ = false;

  std::shared_ptr<const schema::snapshot> known_;  // null: not even the first
  std::uint64_t reports_known_ = 0;
  bool tracing_known_ = false;
  clock::time_point last_frame_;
  std::unique_ptr<event_source> events_;  // while it wants them
  schema::trace trace_;
  std::deque<std::string> waiting_;  // encoded, not yet queued at the connection
};

}  // namespace asioscope::live
