// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace asioscope::model {

/// The latest `capacity` values, oldest first. Memory grows with what was pushed, up to the
/// capacity.
template <class T>
class ring {
 public:
  explicit ring(std::size_t capacity) : capacity_(capacity) {}

  void push(T value) {
    if (values_.size() < capacity_) {
      values_.push_back(std::move(value));
      return;
    }
    values_[oldest_] = std::move(value);
    oldest_ = (oldest_ + 1) % capacity_;
  }

  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
  [[nodiscard]] bool empty() const noexcept { return values_.empty(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

  /// 0 is the oldest.
  [[nodiscard]] const T& operator[](std::size_t index) const noexcept {
    return values_[(oldest_ + index) % values_.size()];
  }
  [[nodiscard]] const T& back() const noexcept { return (*this)[size() - 1]; }

 private:
  std::size_t capacity_;
  std::size_t oldest_ = 0;
  std::vector<T> values_;
};

}  // namespace asioscope::model
