// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace asioscope::model {

/// A sequence for millions that grows at one end and is forgotten at the other, chunk by chunk.
/// What is full is shared by all copies, so that a copy costs little.
template <class Value, std::size_t ChunkSize>
class chunked {
 public:
  void push(const Value& added) {
    open_.push_back(added);
    if (open_.size() < ChunkSize) return;
    full_.push_back(std::make_shared<const chunk>(std::exchange(open_, {})));
  }

  void pop_back() {
    if (open_.empty()) {
      // A copy of the sequence may still hold it as it is.
      open_ = *full_.back();
      full_.pop_back();
    }
    open_.pop_back();
  }

  /// Forgets a chunk of the oldest, or all when they are fewer. Returns how many.
  std::size_t drop_oldest() {
    if (full_.empty()) return std::exchange(open_, {}).size();
    full_.pop_front();
    return ChunkSize;
  }

  [[nodiscard]] std::size_t size() const noexcept {
    return full_.size() * ChunkSize + open_.size();
  }
  [[nodiscard]] bool empty() const noexcept { return full_.empty() && open_.empty(); }
  /// 0 is the oldest that is kept.
  [[nodiscard]] const Value& operator[](std::size_t index) const noexcept {
    const std::size_t which = index / ChunkSize;
    return which < full_.size() ? (*full_[which])[index % ChunkSize]
                                : open_[index - full_.size() * ChunkSize];
  }
  [[nodiscard]] const Value& front() const noexcept { return (*this)[0]; }
  [[nodiscard]] const Value& back() const noexcept { return (*this)[size() - 1]; }

 private:
  using chunk = std::vector<Value>;

  std::deque<std::shared_ptr<const chunk>> full_;
  chunk open_;
};

}  // namespace asioscope::model
