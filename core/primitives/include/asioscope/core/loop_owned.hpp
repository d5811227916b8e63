// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/call_site.hpp"
#include "asioscope/core/event_loop.hpp"

#include <utility>

namespace asioscope::core {

/// Something that only the threads of one loop may touch: in debug mode each use elsewhere is
/// reported, with its place, as a misuse of the loop. Otherwise it costs a branch.
///
/// Lifetime: the loop outlives it. Not for loops of several threads, unless what it holds is safe
/// there.
template <class T>
class loop_owned {
 public:
  template <class... Arguments>
  explicit loop_owned(event_loop& loop, Arguments&&... arguments)
      : loop_(&loop), value_(std::forward<Arguments>(arguments)...) {}

  T& get(call_site where = call_site::here()) {
    loop_->check_owner(where);
    return value_;
  }

  /// The same without the place.
  T& operator*() { return get(call_site()); }
  T* operator->() { return &get(call_site()); }

 private:
  event_loop* loop_;
  T value_;
};

}  // namespace asioscope::core
