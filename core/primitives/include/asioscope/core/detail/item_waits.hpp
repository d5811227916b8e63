// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/observer.hpp"
#include "asioscope/core/resource.hpp"

#include <chrono>

namespace asioscope::core::detail {

/// Tells the observer for how long items were in a named primitive. Under the primitive's lock.
class item_waits {
 public:
  /// Whether anybody wants to know: else no clock need be read.
  static bool wanted(const resource& primitive) noexcept {
    return primitive.id() != 0 && current_observer() != nullptr;
  }

  void add(const resource& primitive, std::chrono::steady_clock::duration waited) noexcept {
    if (sink_.add == nullptr) {
      if (observer* const listener = current_observer())
        sink_ = listener->item_waits(primitive.id());
    }
    if (sink_.add != nullptr) sink_.add(sink_.self, waited);
  }

 private:
  duration_sink sink_;
};

}  // namespace asioscope::core::detail
