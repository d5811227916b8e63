// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/execution_context.hpp>

#include <pthread.h>
#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>

namespace asioscope::test_kit::detail {

/// What those who watch for stalls see of a thread that runs handlers.
struct watched_thread {
  watched_thread();
  watched_thread(const watched_thread&) = delete;
  watched_thread& operator=(const watched_thread&) = delete;
  ~watched_thread();

  const pthread_t handle;
  const pid_t id;
  /// Whose handlers it runs, or has run last.
  std::atomic<const boost::asio::execution_context*> context{nullptr};
  /// Counts ends and beginnings of handlers: equal to before, the same handler runs.
  std::atomic<std::uint64_t> changes{0};
  /// Of handlers within handlers; 0: it runs none.
  std::atomic<int> depth{0};
};

/// Made when it is first asked for.
watched_thread& this_watched_thread();

/// None of them ends meanwhile.
void for_each_watched_thread(const std::function<void(watched_thread&)>& function);

/// Whether any thread, ended or not, has run handlers of it.
bool was_run(const boost::asio::execution_context& context);
/// As if none had, but for those that do now: another may have been where it is.
void forget_earlier_runs(const boost::asio::execution_context& context);

/// Around the run of a handler.
class run_mark {
 public:
  /// \param context null: no loop's
  explicit run_mark(const boost::asio::execution_context* context);
  run_mark(const run_mark&) = delete;
  run_mark& operator=(const run_mark&) = delete;
  ~run_mark();

 private:
  watched_thread& thread_;
  const boost::asio::execution_context* const outer_;
};

}  // namespace asioscope::test_kit::detail
