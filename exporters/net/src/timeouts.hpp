// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <optional>

namespace asioscope::net {

/// When a connection has to go. Pure: the caller says what time it is.
class timeouts {
 public:
  using clock = std::chrono::steady_clock;

  timeouts(clock::duration idle, clock::time_point now) : idle_(idle), received_(now), sent_(now) {}

  void received(clock::time_point now) { received_ = now; }
  void sent(clock::time_point now) { sent_ = now; }
  /// Output that starts to wait now has the whole idle time to be taken.
  void output_begins(clock::time_point now) { sent_ = now; }
  void expire_at(std::optional<clock::time_point> when) { expiry_ = when; }

  /// The last time at which the peer was seen alive. While output waits only its progress counts: a
  /// peer that talks but never reads is not alive.
  [[nodiscard]] clock::time_point last_activity(bool output_waits) const;
  /// The moment at which the connection has to go if nothing happens before.
  [[nodiscard]] clock::time_point deadline(bool output_waits) const;
  /// Why it has to go now, or null.
  [[nodiscard]] const char* verdict(clock::time_point now, bool output_waits) const;

 private:
  clock::duration idle_;
  clock::time_point received_;
  clock::time_point sent_;
  std::optional<clock::time_point> expiry_;
};

}  // namespace asioscope::net
