// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/window.hpp"
#include "asioscope/schema/snapshot.hpp"

#include <cstdint>

namespace asioscope::model {

/// The quantile of the runs in seconds, read from their histogram and never above the exact
/// longest.
[[nodiscard]] double run_quantile_seconds(const schema::site_statistics& figures, double quantile);

/// A handler site on one loop: everything since the program began, and what happened lately.
class site {
 public:
  explicit site(const schema::site_statistics& first);

  /// Returns how many runs are new.
  std::uint64_t update(const schema::site_statistics& statistics);
  void rebase();
  void tick(const horizon& when);

  [[nodiscard]] const schema::site_statistics& statistics() const noexcept { return now_; }

  /// The same figures, counted from `start_ns`; histograms reach back limits::window_ns, counters
  /// limits::minute_ns. `longest_ns` is read from the histogram's last bucket and
  /// is never above the exact longest.
  [[nodiscard]] schema::site_statistics since(std::int64_t start_ns) const;
  [[nodiscard]] std::uint64_t slow_since(std::int64_t start_ns) const {
    return slow_.since(start_ns, now_.slow);
  }
  [[nodiscard]] std::uint64_t failed_since(std::int64_t start_ns) const {
    return failed_.since(start_ns, now_.failed);
  }
  [[nodiscard]] std::uint64_t errors_since(std::int64_t start_ns) const {
    return errors_.since(start_ns, now_.errors);
  }

 private:
  schema::site_statistics now_;
  histogram_window run_;
  histogram_window delay_;
  counter_window slow_;
  counter_window failed_;
  counter_window errors_;
  counter_window cancelled_;
  counter_window unrun_;
};

}  // namespace asioscope::model
