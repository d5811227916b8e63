// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/chunked.hpp"

#include <cstddef>
#include <cstdint>

namespace asioscope::model {

/// An operation came into being, on the thread whose track it is.
struct creation {
  std::int64_t time_ns = 0;
  std::uint32_t operation = 0;  ///< as in schema::event: used again when it has ended
};

/// Creations in their order.
class creation_track {
 public:
  static constexpr std::size_t chunk_size = 1'024;

  /// `added` must not be earlier than the last one.
  void push(const creation& added) { creations_.push(added); }
  /// Forgets about chunk_size of the oldest. Returns how many.
  std::size_t drop_oldest() { return creations_.drop_oldest(); }

  [[nodiscard]] std::size_t size() const noexcept { return creations_.size(); }
  [[nodiscard]] bool empty() const noexcept { return creations_.empty(); }
  [[nodiscard]] const creation& operator[](std::size_t index) const noexcept {
    return creations_[index];
  }
  [[nodiscard]] const creation& front() const noexcept { return creations_.front(); }
  [[nodiscard]] const creation& back() const noexcept { return creations_.back(); }

  /// The first at this moment or later; size() when there is none.
  [[nodiscard]] std::size_t first_from(std::int64_t moment_ns) const noexcept;

 private:
  chunked<creation, chunk_size> creations_;
};

}  // namespace asioscope::model
