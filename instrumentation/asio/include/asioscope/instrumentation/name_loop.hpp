// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/instrumentation/detail/loop_hooks.hpp"
#include "asioscope/recorder/loop.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/query.hpp>

#include <mutex>
#include <string_view>

namespace asioscope {

namespace detail {

/// The loop of a context, of whose end the recorder will learn.
inline recorder::loop_record& loop_of(boost::asio::execution_context& context) {
  recorder::loop_record& loop = *recorder::this_thread().cells_of(&context).record;
  if (!loop.watched.load(std::memory_order_relaxed))
    static_cast<void>(
        boost::asio::use_service<loop_service<boost::asio::execution_context>>(context));
  return loop;
}

template <class Executor>
recorder::loop_record& loop_of_executor(const Executor& executor) {
  return loop_of(boost::asio::query(executor, boost::asio::execution::context));
}

#if !defined(ASIOSCOPE_HOOKS)
/// Measures the lag of a loop without hooks by posting to it, once a second at most.
class posting_probe : public boost::asio::execution_context::service {
 public:
  using key_type = posting_probe;

  explicit posting_probe(boost::asio::execution_context& context)
      : boost::asio::execution_context::service(context), loop_(&loop_of(context)) {}

  /// The first executor given stays.
  void start(const boost::asio::any_io_executor& executor) {
    std::call_once(started_, [&] {
      // Without tracked work: run() returns as it would without us.
      executor_ = boost::asio::prefer(
          boost::asio::require(executor, boost::asio::execution::blocking.never),
          boost::asio::execution::outstanding_work.untracked);
      recorder::set_loop_probe(&context(), {&send, this, false});
    });
  }

 private:
  static void send(void* self) noexcept {
    const auto& probe = *static_cast<posting_probe*>(self);
    try {
      probe.executor_.execute([loop = probe.loop_] { recorder::queued_probe_arrived(*loop); });
    } catch (...) {  // no memory: no sample
      probe.loop_->probe_sent.store(0, std::memory_order_relaxed);
    }
  }
  void shutdown() override {
    recorder::clear_loop_probe(&context());
    executor_ = {};
  }

  std::once_flag started_;
  boost::asio::any_io_executor executor_;
  recorder::loop_record* loop_;
};
#endif

template <class Executor>
void watch_executor([[maybe_unused]] const Executor& executor, std::string_view name) {
  boost::asio::execution_context& context =
      boost::asio::query(executor, boost::asio::execution::context);
  loop_of(context);
  recorder::set_loop_name(&context, name);
#if !defined(ASIOSCOPE_HOOKS)
  if constexpr (std::is_convertible_v<Executor, boost::asio::any_io_executor>)
    boost::asio::use_service<posting_probe>(context).start(executor);
#endif
}

}  // namespace detail

/// Names the loop of an execution context in metrics and the viewer. A name that another live loop
/// has gets a number behind it. A loop that is named before it is given work, with the name of a
/// loop that is gone, continues that loop's figures.
///
/// Thread safety: any thread. Errors: throws std::bad_alloc.
inline void name_loop(boost::asio::execution_context& context, std::string_view name) {
  detail::loop_of(context);
  recorder::set_loop_name(&context, name);
}

}  // namespace asioscope
