// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#if defined(ASIOSCOPE_BENCH_HOOKS) || defined(ASIOSCOPE_BENCH_EXECUTOR)
#include "trace.hpp"

#include "asioscope/recorder/recorder.hpp"
#endif
#if defined(ASIOSCOPE_BENCH_EXECUTOR)
#include "asioscope/instrumentation/instrumented_executor.hpp"
#endif
#if defined(ASIOSCOPE_BENCH_MUTEX_AND_MAP)
#include "mutex_and_map.hpp"
#endif

/// All that differs between the variants: how executors and handlers are observed, and what the
/// observer says about it afterwards.
namespace bench {

namespace asio = boost::asio;

template <class Executor>
auto observed_executor(Executor executor) {
#if defined(ASIOSCOPE_BENCH_EXECUTOR)
  return asioscope::instrument(executor);
#else
  return executor;
#endif
}

/// A handler as a program would hand it to Asio. `name`: for those who need one.
template <class Handler>
auto observed([[maybe_unused]] const char* name, Handler handler) {
#if defined(ASIOSCOPE_BENCH_MUTEX_AND_MAP)
  return mutex_and_map::wrap(name, std::move(handler));
#else
  return handler;
#endif
}

#if defined(ASIOSCOPE_BENCH_HOOKS) || defined(ASIOSCOPE_BENCH_EXECUTOR)

/// Puts the recorder into the mode asked for, for as long as it lives.
class observation {
 public:
  explicit observation(std::string_view name) : off_(name == "off") {
    using asioscope::recorder::mode;
    asioscope::recorder::set_mode(off_                        ? mode::off
                                  : name.starts_with("trace") ? mode::trace
                                                              : mode::metrics);
    if (name == "trace_reader") reader_ = std::make_unique<trace_reader>();
  }

  /// Whether exactly `handlers` handlers were counted.
  [[nodiscard]] bool counted(std::uint64_t handlers) const {
    std::uint64_t sum = 0;
    for (const auto& site : asioscope::recorder::take_snapshot().site_stats)
      sum += site.run.count();
    if (sum == (off_ ? 0 : handlers)) return true;
    std::fprintf(stderr, "%llu handlers ran, %llu were recorded\n",
                 static_cast<unsigned long long>(handlers), static_cast<unsigned long long>(sum));
    return false;
  }

 private:
  bool off_;
  std::unique_ptr<trace_reader> reader_;
};

#else

struct observation {
  explicit observation(std::string_view) {}
  [[nodiscard]] static bool counted([[maybe_unused]] std::uint64_t handlers) {
#if defined(ASIOSCOPE_BENCH_MUTEX_AND_MAP)
    return mutex_and_map::handlers().finished() == handlers;
#else
    return true;
#endif
  }
};

#endif

}  // namespace bench
