// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/instrumentation/detail/asio_internals.hpp"
#include "asioscope/instrumentation/detail/task_control.hpp"

#include <coroutine>
#include <string_view>
#include <type_traits>
#include <utility>

/// Sees the coroutines of Asio: a promise type of our own for every `awaitable<T, Executor>`,
/// derived from Asio's.
namespace asioscope::hooks {

using asioscope::detail::task_control;

/// What a coroutine is to the user, told by the file it was written in.
enum class frame_role : std::uint8_t {
  user,
  adapter,  ///< Asio's own coroutine around an asynchronous operation, or around several
  wrapper,  ///< asioscope::co_spawn's coroutine around the user's
};

constexpr frame_role role_of(std::string_view file) noexcept {
  if (file.ends_with("boost/asio/impl/use_awaitable.hpp") ||
      file.ends_with("boost/asio/experimental/awaitable_operators.hpp"))
    return frame_role::adapter;
  if (file.ends_with("asioscope/instrumentation/co_spawn.hpp")) return frame_role::wrapper;
  return frame_role::user;
}

template <class T>
inline constexpr bool is_awaitable = false;
template <class T, class Executor>
inline constexpr bool is_awaitable<boost::asio::awaitable<T, Executor>> = true;

template <class T>
inline constexpr bool is_operation_awaiter = false;
template <class Signature, class Op, class Executor>
inline constexpr bool
    is_operation_awaiter<asio_detail::awaitable_async_op<Signature, Op, Executor>> = true;

/// Whom an awaiter tells that its coroutine goes on.
template <class Promise>
struct resumption {
  Promise* self;
  void operator()() const noexcept { self->resumed(); }
};
/// Asio's own coroutine below each task need not know: its frame is spared the pointers.
template <class Promise>
requires Promise::is_entry_point struct resumption<Promise> {
  explicit resumption(Promise*) noexcept {}
  void operator()() const noexcept {}
};

/// Around Asio's awaiter for a child coroutine: hands the task over to the child.
template <class Awaiter, class Promise>
struct child_awaiter {
  Awaiter inner;
  [[no_unique_address]] resumption<Promise> resumed;

  bool await_ready() const noexcept { return inner.await_ready(); }
  void await_suspend(std::coroutine_handle<Promise> handle) {
    handle.promise().hand_over();
    inner.await_suspend(
        std::coroutine_handle<typename Promise::base>::from_promise(handle.promise()));
  }
  decltype(auto) await_resume() {
    resumed();
    return inner.await_resume();
  }
};

/// Around Asio's awaiter for an asynchronous operation.
template <class Awaiter, class Promise>
struct operation_awaiter {
  Awaiter inner;
  [[no_unique_address]] resumption<Promise> resumed;

  bool await_ready() const noexcept { return inner.await_ready(); }
  void await_suspend(std::coroutine_handle<Promise> handle) {
    handle.promise().initiates();
    inner.await_suspend(handle);
  }
  decltype(auto) await_resume() {
    resumed();
    return inner.await_resume();
  }
};

template <class T, class Executor>
class promise : public asio_detail::awaitable_frame<T, Executor> {
 public:
  using base = asio_detail::awaitable_frame<T, Executor>;
  static constexpr bool is_entry_point =
      std::is_same_v<T, asio_detail::awaitable_thread_entry_point>;

  promise() noexcept = default;
  ~promise() {
    if constexpr (!is_entry_point)
      if (task_.control != nullptr) leave();  // destroyed before its end
  }
  promise(const promise&) = delete;
  promise& operator=(const promise&) = delete;

  /// The parameters of Asio's co_spawn_entry_point: a task is born.
  template <class Result, class Function, class Handler>
  requires is_entry_point promise(Result*, Executor& executor, Function&, Handler&)
  noexcept {
    if (recorder::recording()) task_.control.spawn(loop_of(executor));
  }

  auto get_return_object(const char* file = __builtin_FILE(),
                         const char* function = __builtin_FUNCTION()) {
    static_assert(alignof(promise) == alignof(base), "Asio finds the promise by its base");
    if constexpr (!is_entry_point) {
      task_.role = role_of(file);
      task_.link.function = function;
    }
    return base::get_return_object();
  }

  auto initial_suspend() noexcept {
    if constexpr (is_entry_point) {
      return std::suspend_always();
    } else {
      struct awaiter {
        promise* self;
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<>) const noexcept {}
        void await_resume() const noexcept { self->started(); }
      };
      return awaiter{this};
    }
  }

  auto final_suspend() noexcept {
    if constexpr (!is_entry_point)
      if (task_.control != nullptr) end();
    return base::final_suspend();
  }

  void unhandled_exception() {
    if constexpr (!is_entry_point) {
      if (task_.control != nullptr) {
        if (task_.role == frame_role::user)
          asioscope::detail::exception_leaves_coroutine(task_.control->ref().id, task_.link);
        if (task_.root) task_.control->fail(cancelled());
      }
    }
    base::unhandled_exception();
  }

  template <class Awaited>
  auto await_transform(Awaited&& awaited, const char* file = __builtin_FILE(),
                       std::uint32_t line = __builtin_LINE()) {
    if constexpr (!is_entry_point) {
      task_.link.where.store(recorder::await_link::pack_place(file, line),
                             std::memory_order_relaxed);
      if (task_.control != nullptr) task_.control->move();
    }
    using inner = decltype(base::await_transform(std::forward<Awaited>(awaited)));
    if constexpr (is_awaitable<inner>)
      return child_awaiter<inner, promise>{base::await_transform(std::forward<Awaited>(awaited)),
                                           resumption<promise>{this}};
    else if constexpr (is_operation_awaiter<inner>)
      return operation_awaiter<inner, promise>{
          base::await_transform(std::forward<Awaited>(awaited)), resumption<promise>{this}};
    else
      return base::await_transform(std::forward<Awaited>(awaited));
  }

  /// A child is about to start: it belongs to the same task.
  void hand_over() noexcept {
    if constexpr (is_entry_point) {
      recorder::thread_state& thread = recorder::this_thread();
      thread.handed_over = &task_.control;
      thread.handed_link = nullptr;
      thread.handed_to_root = true;
    } else if (recorder::recording()) {
      recorder::thread_state& thread = recorder::this_thread();
      thread.handed_over = task_.control;
      thread.handed_link = task_.role == frame_role::user ? &task_.link : nullptr;
      thread.initiator = record();  // the child may be Asio's adapter around an operation
      // What co_spawn wrapped is what the user spawned, but the wrapper ends the task.
      thread.handed_to_root = false;
    }
  }

  /// What is initiated next is what this coroutine's task will wait for.
  void initiates() noexcept {
    if constexpr (!is_entry_point) {
      if (recorder::recording()) recorder::this_thread().initiator = record();
    }
  }

  /// This coroutine goes on: the run is its, if it is nobody's yet. Inlined, here and below, is
  /// what a coroutine pays while nothing is recorded: a call would cost more.
  [[gnu::always_inline]] void resumed() noexcept {
    if constexpr (!is_entry_point) {
      if (!recorder::recording()) return;
      recorder::thread_state* const thread = recorder::detail::this_thread_state;
      if (thread != nullptr &&
          (thread->claimed >= recorder::run_claim::taken || thread->depth == 0))
        return;
      claim();
    }
  }

 private:
  [[gnu::noinline]] void claim() noexcept {
    recorder::thread_state& thread = recorder::this_thread();
    if (task_.role != frame_role::user || thread.depth == 0) return;
    thread.claim(task_.control == nullptr ? recorder::task_ref{} : task_.control->ref(), site());
  }

  struct frame_task {
    task_control* control =
        nullptr;  // in the frame of the task's entry point, which outlives this one
    recorder::await_link link;
    recorder::site_id site = recorder::other_site;  // once it was needed
    frame_role role = frame_role::user;
    bool root = false;  // the coroutine that was spawned
  };
  struct entry_task {
    task_control control;
  };

  [[gnu::always_inline]] void started() noexcept {
    // What was handed over is taken even if recording has just ended.
    recorder::thread_state* const thread = recorder::detail::this_thread_state;
    if (thread == nullptr || thread->handed_over == nullptr) return resumed();
    take_over(*thread);
  }

  [[gnu::noinline]] void take_over(recorder::thread_state& thread) noexcept {
    auto* const control = static_cast<task_control*>(std::exchange(thread.handed_over, nullptr));
    if (task_.role == frame_role::adapter) return;
    task_.control = control;
    task_.root = thread.handed_to_root;
    if (task_.role == frame_role::user) {
      task_.link.caller = thread.handed_link;
      task_.link.code = code();
      control->push(task_.link);
    }
    if (task_.root) control->begin(thread);
    if (task_.root && control->unnamed()) {
      if (task_.role == frame_role::wrapper)
        asioscope::detail::beginning_task = control;
      else
        control->set_name(
            recorder::site_of_code(schema::site_kind::task, code(), task_.link.function, ""));
    }
    resumed();
  }

  [[nodiscard]] recorder::task_record* record() const noexcept {
    return task_.control == nullptr ? nullptr : task_.control->ref().record;
  }

  /// This coroutine is no part of its task's await chain any more.
  void leave() noexcept { task_.control->pop(task_.link); }

  [[gnu::noinline]] void end() noexcept {
    task_control* const control = task_.control;
    leave();
    task_.control = nullptr;
    if (task_.root) control->finish();
  }

  recorder::site_id site() noexcept {
    if (task_.site == recorder::other_site)
      task_.site = recorder::site_of_code(schema::site_kind::handler, code(), task_.link.function,
                                          "coroutine");
    return task_.site;
  }

  /// The function that resumes this coroutine: the first word of its frame.
  const void* code() noexcept {
    return *static_cast<const void* const*>(
        std::coroutine_handle<promise>::from_promise(*this).address());
  }

  [[nodiscard]] bool cancelled() const noexcept {
    return this->attached_thread_ != nullptr &&
           !!this->attached_thread_->get_cancellation_state().cancelled();
  }

  static recorder::loop_record& loop_of(Executor& executor) {
    using context_property =
        boost::asio::execution::detail::context_t<(sizeof(Executor) > 0 ? 0 : 1)>;
    recorder::thread_state& thread = recorder::this_thread();
    if constexpr (requires { executor.query(context_property()); })
      return *thread.cells_of(&to_context(executor.query(context_property()))).record;
    else
      return *thread.cells_of(&to_context(executor.context())).record;
  }

  template <class Context>
  static const boost::asio::execution_context& to_context(Context& context) noexcept {
    return context;
  }

  std::conditional_t<is_entry_point, entry_task, frame_task> task_;
};

/// The promise of Asio's coroutine around the dispatch that launches a task. Where the launching
/// thread may run the task at once, it does so in there.
template <class Executor>
class launch_promise : public promise<void, Executor> {
 public:
  template <class Initiation>
  auto await_transform(Initiation initiation) {
    return promise<void, Executor>::base::await_transform(
        [initiation = std::move(initiation)](auto* frame) mutable {
          if (!recorder::recording()) return initiation(frame);
          // On the stack: the frame, and this function in it, may be gone when it returns.
          const recorder::launch now(recorder::this_thread());
          return initiation(frame);
        });
  }
};

}  // namespace asioscope::hooks

// Constrained, hence more specialised than Asio's own: for every executor.
template <typename T, typename Executor, typename... Args>
requires(sizeof(Executor*) >
         0) struct std::coroutine_traits<boost::asio::awaitable<T, Executor>, Args...> {
  using promise_type = asioscope::hooks::promise<T, Executor>;
};

template <typename Executor>
requires(sizeof(Executor*) >
         0) struct std::coroutine_traits<boost::asio::awaitable<void, Executor>,
                                         boost::asio::detail::initiate_dispatch,
                                         boost::asio::use_awaitable_t<Executor>> {
  using promise_type = asioscope::hooks::launch_promise<Executor>;
};
