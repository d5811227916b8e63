// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/pool_options.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace asioscope::core::detail {

/// What the rules know of one resource. Times are of any steady clock.
struct pool_stamps {
  std::chrono::nanoseconds used{};    ///< when it was last given back, or made
  std::chrono::nanoseconds proven{};  ///< when it was last known to be good
  std::chrono::nanoseconds expires = std::chrono::nanoseconds::max();
  std::uint64_t generation = 0;
};

struct pool_counts {
  std::size_t total = 0;  ///< also those being made and those being ended
  std::size_t ending = 0;
  std::size_t creating = 0;
  std::size_t pending = 0;  ///< soon ready: being made, validated or reset
  std::size_t waiting = 0;  ///< operations
};

/// What a pool decides, without doing anything: all of it a function of the time it is told.
class pool_rules {
 public:
  using nanoseconds = std::chrono::nanoseconds;
  static constexpr nanoseconds never = nanoseconds::max();

  /// \throws config_error
  explicit pool_rules(const pool_options& options);

  const pool_options& options() const noexcept { return options_; }

  /// \param random uniform in [0, 1)
  void made(pool_stamps& stamps, nanoseconds now, double random) const noexcept;

  /// Not to be given to anybody any more.
  bool is_over(const pool_stamps& stamps, nanoseconds now, std::uint64_t generation) const noexcept;
  bool must_validate(const pool_stamps& stamps, nanoseconds now) const noexcept;
  bool idle_too_long(const pool_stamps& stamps, nanoseconds now, std::size_t live) const noexcept;
  bool keepalive_due(const pool_stamps& stamps, nanoseconds now) const noexcept;
  /// When an idle one will have to be looked at.
  nanoseconds next_look(const pool_stamps& stamps, std::size_t live) const noexcept;

  /// How many ought to be made, if nothing failed recently…
  std::size_t wanted(const pool_counts& counts) const noexcept;
  /// …which holds from this moment on.
  nanoseconds creations_after() const noexcept { return creations_after_; }
  void creation_failed(nanoseconds now) noexcept;
  void creation_succeeded() noexcept;

 private:
  pool_options options_;
  nanoseconds backoff_{};
  nanoseconds creations_after_ = nanoseconds::min();
};

/// `never` for what is switched off.
std::chrono::nanoseconds add_timeout(std::chrono::nanoseconds now,
                                     std::chrono::nanoseconds timeout) noexcept;

}  // namespace asioscope::core::detail
