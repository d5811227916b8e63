// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <asioscope/recorder/recorder.hpp>

#include <cstdint>
#include <iostream>
#include <string_view>

/// What the consumers share: reading a snapshot, and saying what is not as it should be.
namespace consumer {

inline int failures = 0;

template <class Actual, class Expected>
void expect_equal(std::string_view what, const Actual& actual, const Expected& expected) {
  if (actual == expected) return;
  std::cerr << what << ": " << actual << " instead of " << expected << '\n';
  ++failures;
}

inline void expect(std::string_view what, bool holds) {
  if (holds) return;
  std::cerr << what << " does not hold\n";
  ++failures;
}

/// The figures of one loop, by its name.
class loop_view {
 public:
  explicit loop_view(std::string_view name) : now_(asioscope::recorder::take_snapshot()) {
    for (const auto& loop : now_.loops)
      if (loop.name == name) id_ = loop.id;
    expect(name, id_ != 0);
  }

  /// The loop's own figures.
  [[nodiscard]] asioscope::schema::loop_statistics loop() const {
    for (const auto& figures : now_.loop_stats)
      if (figures.loop == id_) return figures;
    return {};
  }

  /// Its handlers' figures, those whose site's name contains `part`, added up.
  [[nodiscard]] asioscope::schema::site_statistics handlers(std::string_view part = {}) const {
    asioscope::schema::site_statistics sum;
    for (const auto& figures : now_.site_stats) {
      if (figures.loop != id_ || name_of(figures.site).find(part) == std::string_view::npos)
        continue;
      sum.slow += figures.slow;
      sum.failed += figures.failed;
      sum.cancelled += figures.cancelled;
      sum.unrun += figures.unrun;
      sum.run.add(figures.run);
      sum.delay.add(figures.delay);
    }
    return sum;
  }

  /// The figures of its tasks of one name.
  [[nodiscard]] asioscope::schema::task_statistics tasks(std::string_view name) const {
    for (const auto& figures : now_.task_stats)
      if (figures.loop == id_ && name_of(figures.site) == name) return figures;
    return {};
  }

 private:
  [[nodiscard]] std::string_view name_of(std::uint32_t site) const {
    for (const auto& info : now_.sites)
      if (info.id == site) return info.name;
    return {};
  }

  asioscope::schema::snapshot now_;
  std::uint32_t id_ = 0;
};

}  // namespace consumer
