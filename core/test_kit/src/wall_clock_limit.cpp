// SPDX-License-Identifier: BSL-1.0
#include "wall_clock_limit.hpp"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace asioscope::test_kit {

wall_clock_limit::wall_clock_limit(std::chrono::seconds limit, std::string what)
    : thread_([this, limit, what = std::move(what)] {
        std::unique_lock lock(mutex_);
        if (changed_.wait_for(lock, limit, [this] { return over_; })) return;
        std::fprintf(stderr, "%s: a handler has not returned for %lld s; the program is ended\n",
                     what.c_str(), static_cast<long long>(limit.count()));
        std::abort();
      }) {}

wall_clock_limit::~wall_clock_limit() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

}  // namespace asioscope::test_kit
