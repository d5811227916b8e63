// SPDX-License-Identifier: BSL-1.0
#include "wall_clock_limit.hpp"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace asioscope::test_kit {

wall_clock_limit::wall_clock_limit(std::chrono::seconds limit, std::string what)
    : limit_(limit), end_(clock::now() + limit), thread_([this, what = std::move(what)] {
        std::unique_lock lock(mutex_);
        while (!over_ && clock::now() < end_)
          changed_.wait_until(lock, clock::time_point(end_));
        if (over_) return;
        std::fprintf(stderr, "%s: a handler has not returned for %lld s; the program is ended\n",
                     what.c_str(), static_cast<long long>(limit_.count()));
        std::abort();
      }) {}

void wall_clock_limit::begin_again() {
  const std::lock_guard lock(mutex_);
  end_ = clock::now() + limit_;
}

wall_clock_limit::~wall_clock_limit() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

}  // namespace asioscope::test_kit
