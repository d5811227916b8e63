// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <new>

namespace asioscope::core::detail {

/// Room for what is posted when a wait is over, within the operation: a loop keeps nothing in it
/// while it invokes that.
struct in_place_memory {
  alignas(std::max_align_t) std::byte bytes[8 * sizeof(void*)];
};

/// Gives that memory, once; from the heap what does not fit.
template <class T>
class in_place_allocator {
 public:
  using value_type = T;

  explicit in_place_allocator(in_place_memory& memory) noexcept : memory_(&memory) {}
  template <class Other>
  in_place_allocator(const in_place_allocator<Other>& other) noexcept : memory_(other.memory()) {}

  T* allocate(std::size_t count) {
    if (fits(count)) return reinterpret_cast<T*>(memory_->bytes);
    return static_cast<T*>(::operator new(count * sizeof(T)));
  }

  void deallocate(T* pointer, std::size_t count) noexcept {
    if (!fits(count)) ::operator delete(pointer);
  }

  in_place_memory* memory() const noexcept { return memory_; }

  template <class Other>
  bool operator==(const in_place_allocator<Other>& other) const noexcept {
    return memory_ == other.memory();
  }

 private:
  static constexpr bool fits(std::size_t count) noexcept {
    return count * sizeof(T) <= sizeof(in_place_memory) && alignof(T) <= alignof(in_place_memory);
  }

  in_place_memory* memory_;
};

}  // namespace asioscope::core::detail
