// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/instrumentation/detail/asio_internals.hpp"
#include "asioscope/recorder/thread_state.hpp"

#include <atomic>

namespace asioscope {

namespace detail {

/// Lives in an execution context and tells the recorder when the context dies.
template <class Context>
class loop_service : public Context::service {
 public:
  using key_type = loop_service;

  explicit loop_service(Context& context) : Context::service(context), context_(&context) {
    recorder::loop_of_context(&context).watched.store(true, std::memory_order_relaxed);
  }
  ~loop_service() override { recorder::loop_gone(context_); }

 private:
  void shutdown() override { recorder::loop_gone(context_); }

  const Context* context_;
};

}  // namespace detail

namespace hooks {

/// A context whose scheduler was made by functions without the hooks, found when it is used.
template <class Context, class Base = boost::asio::execution_context>
void watch_loop(Context& context) {
  static_cast<void>(use_service<detail::loop_service<Base>>(static_cast<Base&>(context)));
}

template <class Scheduler>
void adopt_loop_of(asio_detail::thread_context& runner) {
  auto& context = static_cast<Scheduler&>(runner).context();
  watch_loop(context);
  recorder::add_loop_alias(&context, &runner);
}

/// adopt_loop_of Asio's scheduler, from a unit that knows it; null: there is none.
inline constinit std::atomic<void (*)(asio_detail::thread_context&)> adopt_runner{nullptr};

/// A context made to see whether the hooks see it; null: there is none, or they did.
inline constinit std::atomic<const void*> context_being_checked{nullptr};

/// This thread has just been found in a run() it was not known to be in. Out of line: once per
/// run().
template <class Marker>
[[gnu::noinline]] recorder::loop_cells* enter_run(recorder::thread_state& thread, Marker& mark) {
  run_frame* const innermost = innermost_run();
  thread.last_end = 0;
  if (innermost == nullptr) return nullptr;
  thread.entered = recorder::now_ticks();
  asio_detail::thread_context* const runner = key_of(*innermost);
  if (!thread.knows(runner) && recorder::find_loop(runner) == nullptr) [[unlikely]] {
    if (auto* const adopt = adopt_runner.load(std::memory_order_relaxed)) adopt(*runner);
  }
  recorder::loop_cells& cells = thread.cells_of(runner);
  if (thread.depth == 0) mark.put_on_top(*innermost, cells);
  recorder::note_runner(cells, thread);
  return &cells;
}

/// The cells of the loop that this thread runs.
inline recorder::loop_cells* running_loop(recorder::thread_state& thread) {
  if (marker.on_top()) [[likely]]
    return marker.cells();
  return enter_run(thread, marker);
}

/// Stands before the reactor of a loop: books the time spent waiting in it and the moment it
/// returned.
template <class Task>
class reactor_wrapper : public Task {
 public:
  using get_function = Task* (*)(boost::asio::execution_context&);

  get_function get_inner = nullptr;

  void connect(boost::asio::execution_context& context) {
    inner_ = get_inner(context);
    recorder::set_loop_probe(&context, {[](void* self) noexcept {
                                          static_cast<reactor_wrapper*>(self)->inner_->interrupt();
                                        },
                                        this, true});
  }

  void run(long usec, asio_detail::op_queue<asio_detail::scheduler_operation>& ops) override {
    if (!recorder::recording()) [[unlikely]]
      return inner_->run(usec, ops);
    recorder::thread_state& thread = recorder::this_thread();
    recorder::loop_cells* const cells = running_loop(thread);
    if (cells == nullptr) [[unlikely]]
      return inner_->run(usec, ops);
    const recorder::ticks previous = thread.proven_last_end();
    const recorder::ticks begin = previous != 0 ? previous : recorder::now_ticks();
    if (usec != 0) cells->record->waiting_since.store(begin, std::memory_order_relaxed);
    inner_->run(usec, ops);
    const recorder::ticks end = recorder::now_ticks();
    recorder::end_turn(thread, *cells, {begin, end, thread.entered, previous != 0, usec != 0});
  }

  void interrupt() override { inner_->interrupt(); }

 private:
  Task* inner_ = nullptr;
};

/// Holds the wrapper for as long as the loop's scheduler may use it.
template <class Context, class Task>
class reactor_service : public Context::service {
 public:
  using key_type = reactor_service;

  explicit reactor_service(Context& context) : Context::service(context) {}

  static Task* wrapped(Context& context) {
    reactor_service& self = use_service<reactor_service>(context);
    self.wrapper.connect(context);
    return &self.wrapper;
  }

  reactor_wrapper<Task> wrapper;

 private:
  void shutdown() override {}
};

template <class Context, class Task>
bool has_reactor_service(Context& context, Task* (*)(Context&)) {
  return has_service<reactor_service<Context, Task>>(context);
}

template <class Context, class Task>
void wrap_reactor(Context& context, Task* (*&get_task)(Context&)) {
  using service = reactor_service<Context, Task>;
  use_service<service>(context).wrapper.get_inner = get_task;
  get_task = &service::wrapped;
}

/// Within the constructor of a scheduler, before anything can run on it.
template <class Context, class Scheduler, class GetTask>
void on_scheduler(Context& context, Scheduler& scheduler, GetTask& get_task, bool own_thread) {
  // A scheduler with a thread of its own is an inner part of something, such as the resolver's: it
  // runs no handlers of the user.
  if (own_thread) return;
  const void* checked = &context;
  if (context_being_checked.compare_exchange_strong(checked, nullptr, std::memory_order_relaxed))
    return;
  const asio_detail::thread_context* const key = &scheduler;
  if (recorder::find_loop(&context) != nullptr && has_reactor_service(context, get_task)) return;
  static_cast<void>(use_service<detail::loop_service<Context>>(context));
  recorder::add_loop_alias(&context, key);
  recorder::loop_of_context(&context).turns_seen.store(true, std::memory_order_relaxed);
  wrap_reactor(context, get_task);
}

}  // namespace hooks
}  // namespace asioscope
