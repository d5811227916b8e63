// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace asioscope::recorder {

/// A static object that is there before any constructor runs and stays: threads may outlive static
/// objects. To be declared constinit.
template <class T>
class never_destroyed {
 public:
  constexpr never_destroyed() : value_() {}
  constexpr ~never_destroyed() {}
  never_destroyed(const never_destroyed&) = delete;
  never_destroyed& operator=(const never_destroyed&) = delete;

  T& operator*() noexcept { return value_; }
  T* operator->() noexcept { return &value_; }

 private:
  union {
    T value_;
  };
};

}  // namespace asioscope::recorder
