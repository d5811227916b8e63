// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/recorder/loop.hpp"
#include "asioscope/recorder/site.hpp"
#include "asioscope/recorder/thread_state.hpp"

#include <chrono>
#include <string_view>

namespace test {

/// Makes the recorder believe that this thread runs a handler, as long as it lives.
class running_handler {
 public:
  explicit running_handler(std::string_view name) {
    auto& thread = asioscope::recorder::this_thread();
    asioscope::recorder::run_start start;
    start.cells = &thread.cells_of(&loop_key);
    start.site =
        asioscope::recorder::register_site(asioscope::schema::site_kind::handler, name, "post");
    thread.begin_run(start);
  }
  ~running_handler() { asioscope::recorder::this_thread().end_run(); }
  running_handler(const running_handler&) = delete;
  running_handler& operator=(const running_handler&) = delete;

  static inline int loop_key = 0;
};

/// Keeps the processor busy.
inline void spin_for(std::chrono::nanoseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
  }
}

}  // namespace test
