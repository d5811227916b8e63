// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/lag_history.hpp"
#include "asioscope/model/limits.hpp"
#include "asioscope/model/ring.hpp"
#include "asioscope/model/window.hpp"
#include "asioscope/schema/snapshot.hpp"

#include <cstdint>
#include <limits>
#include <optional>

namespace asioscope::model {

/// What a loop did between two moments. Made from differences of cumulative values: when frames
/// were missed, one sample is longer and still says the truth on average.
struct loop_sample {
  std::int64_t at_ns = 0;    ///< its end
  std::int64_t span_ns = 0;  ///< its length
  double utilisation = 0;    ///< 0…1: busy share of the time of its threads
  double handlers_per_second = 0;
  /// Highest lateness in seconds, read from its bucket; NaN when nothing was due in this time.
  double lag_seconds = std::numeric_limits<double>::quiet_NaN();
  std::uint64_t pending = 0;  ///< at its end
  std::uint64_t stalls = 0;   ///< that began in it
};

class loop {
 public:
  explicit loop(std::uint32_t id);

  void describe(const schema::loop_info& info);
  void update(const schema::loop_statistics& statistics) { now_ = statistics; }
  void count_handlers(std::uint64_t more) noexcept { handlers_ += more; }

  /// What came before this moment is history without samples.
  void rebase(std::int64_t now_ns);
  void sample(std::int64_t from_ns, std::int64_t to_ns);
  void tick(const horizon& when);

  [[nodiscard]] const schema::loop_info& info() const noexcept { return info_; }
  [[nodiscard]] const schema::loop_statistics& statistics() const noexcept { return now_; }
  [[nodiscard]] std::uint64_t handlers() const noexcept { return handlers_; }
  [[nodiscard]] const ring<loop_sample>& samples() const noexcept { return samples_; }
  [[nodiscard]] schema::histogram lag_since(std::int64_t start_ns) const {
    return lag_.since(start_ns, now_.lag);
  }

  /// How late it was, second by second: what an arrival at any moment would have met if the program
  /// reckons that, else how late timers and probes ran.
  [[nodiscard]] const ring<lag_column>& lateness() const noexcept {
    return knows_arrivals() ? arrivals_.columns() : probes_.columns();
  }
  [[nodiscard]] bool knows_arrivals() const noexcept { return now_.corrected_lag.count() != 0; }

  /// Busy share over the last `span_ns`; nothing before there is a sample.
  [[nodiscard]] std::optional<double> utilisation_over(std::int64_t span_ns) const;
  /// Stalls that began in the samples of the last `span_ns`.
  [[nodiscard]] std::uint64_t stalls_over(std::int64_t span_ns) const;

 private:
  schema::loop_info info_;
  schema::loop_statistics now_;
  schema::loop_statistics sampled_;  // as of the last sample
  std::uint64_t handlers_ = 0;
  std::uint64_t sampled_handlers_ = 0;
  ring<loop_sample> samples_{limits::samples};
  histogram_window lag_;
  lag_history probes_;
  lag_history arrivals_;
};

}  // namespace asioscope::model
