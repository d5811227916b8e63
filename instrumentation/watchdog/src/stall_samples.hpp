// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/snapshot.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace asioscope::watchdog {

/// Whether two stacks tell the same story: the same functions of the user, called from the same
/// lines. At which instruction the innermost one stands makes no difference.
[[nodiscard]] bool same_story(std::span<const schema::stack_frame> one,
                              std::span<const schema::stack_frame> other);

/// What was seen of one stall at several moments, identical stacks merged. No clock, no threads.
class stall_samples {
 public:
  /// `cause`: empty when unknown. `stack`: empty when none was taken.
  void add(const std::string& cause, std::vector<schema::stack_frame> stack);

  /// Sets what follows from the samples in a report, the culprit too.
  void fill(schema::report& report) const;

 private:
  struct counted_cause {
    std::string cause;
    std::uint32_t count = 0;
  };

  std::uint32_t samples_ = 0;
  // In the order in which they were first seen.
  std::vector<counted_cause> causes_;
  std::vector<schema::stall_stack> stacks_;
};

}  // namespace asioscope::watchdog
