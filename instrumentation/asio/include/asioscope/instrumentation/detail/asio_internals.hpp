// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/detail/call_stack.hpp>
#include <boost/asio/detail/keyword_tss_ptr.hpp>
#include <boost/asio/detail/thread_info_base.hpp>

#include <cstdint>
#include <exception>
#include <new>
#include <type_traits>

/// What the hooks need of Asio 1.26 (Boost 1.81) beyond its public interface. All of it is here,
/// one file per supported range of versions.
namespace boost::asio {
class execution_context;
template <typename T, typename Executor>
class awaitable;
template <typename Executor>
struct use_awaitable_t;
namespace execution::detail {
template <int I>
struct context_t;
}
namespace detail {
class scheduler_operation;
class scheduler_task;
class thread_context;
class thread_info_base;
class executor_function;
class initiate_dispatch;
struct awaitable_thread_entry_point;
template <typename Operation>
class op_queue;
template <typename Executor>
class awaitable_frame_base;
template <typename T, typename Executor>
class awaitable_frame;
template <typename Signature, typename Op, typename Executor>
class awaitable_async_op;
template <typename Handler, typename Alloc, typename Operation>
class executor_op;
template <typename Handler>
class binder0;
template <typename Handler, typename Arg1>
class binder1;
template <typename Handler, typename Arg1, typename Arg2>
class binder2;
template <typename Handler, typename Arg1>
class move_binder1;
template <typename Handler, typename Arg1, typename Arg2>
class move_binder2;
template <typename Handler, typename Executor, typename>
class work_dispatcher;
}  // namespace detail
}  // namespace boost::asio

namespace asioscope::recorder {
struct loop_cells;
}

namespace asioscope::hooks {

namespace asio_detail = boost::asio::detail;

/// `scheduler_operation::task_result_`: 32 bits of every operation that only the reactor's own
/// bookkeeping operations use. The layout of operations stays as it is, so that units built without
/// hooks can be mixed in.
template <class Op>
struct spare_word : Op {
  static unsigned& of(Op& op) noexcept { return op.*(&spare_word::task_result_); }
};
/// The operations of channels are no scheduler operations: what they post is.
template <class Op>
concept has_spare_word = std::is_base_of_v<asio_detail::scheduler_operation, Op>;

/// The run() calls that are active on a thread, innermost first.
using run_stack =
    asio_detail::call_stack<asio_detail::thread_context, asio_detail::thread_info_base>;
using run_frame = run_stack::context;

/// Reads private members by the rule that explicit instantiations may name them.
template <auto Key, auto Next>
struct run_frame_members {
  friend asio_detail::thread_context* key_of(const run_frame& frame) { return frame.*Key; }
  friend run_frame* next_of(const run_frame& frame) { return frame.*Next; }
};
asio_detail::thread_context* key_of(const run_frame& frame);
run_frame* next_of(const run_frame& frame);
template struct run_frame_members<&run_frame::key_, &run_frame::next_>;

inline run_frame* innermost_run() noexcept {
  const asio_detail::keyword_tss_ptr<run_frame>
      top;  // its value is that of all pointers of this type
  return top;
}

/// What a function threw that was dispatched to run inline: Asio catches it there and throws it out
/// of run() when the handler that dispatched it has ended.
#if defined(BOOST_ASIO_HAS_STD_EXCEPTION_PTR) && !defined(BOOST_ASIO_NO_EXCEPTIONS)
template <auto Count, auto Exception>
struct captured_exception_members {
  friend const int& captured_count(const asio_detail::thread_info_base& info) {
    return info.*Count;
  }
  friend const std::exception_ptr& captured_exception(const asio_detail::thread_info_base& info) {
    return info.*Exception;
  }
};
const int& captured_count(const asio_detail::thread_info_base& info);
const std::exception_ptr& captured_exception(const asio_detail::thread_info_base& info);
template struct captured_exception_members<&asio_detail::thread_info_base::has_pending_exception_,
                                           &asio_detail::thread_info_base::pending_exception_>;
#else
inline constexpr int nothing_captured = 0;
inline const int& captured_count(const asio_detail::thread_info_base&) { return nothing_captured; }
inline std::exception_ptr captured_exception(const asio_detail::thread_info_base&) { return {}; }
#endif

/// A frame of our own on top of the innermost run(), with the same key and value. Leaving run()
/// pops it together with the real one: as long as it is on top, the thread has not left that run().
class run_marker {
 public:
  [[nodiscard]] bool on_top() const noexcept {
    return innermost_run() == reinterpret_cast<const run_frame*>(&storage_);
  }

  /// The loop whose run() is marked.
  [[nodiscard]] recorder::loop_cells* cells() const noexcept { return cells_; }

  /// Whether that run() is about to throw what was captured.
  [[nodiscard]] bool has_captured() const noexcept { return *captured_ != 0; }

  /// Marks the innermost run(). Not when the marker is still in use further out: a handler runs a
  /// loop.
  void put_on_top(run_frame& innermost, recorder::loop_cells& cells) noexcept {
    for (const run_frame* f = &innermost; f != nullptr; f = next_of(*f))
      if (f == reinterpret_cast<const run_frame*>(&storage_)) return;
    ::new (static_cast<void*>(&storage_)) run_frame(key_of(innermost), *run_stack::top());
    cells_ = &cells;
    captured_ = &captured_count(*run_stack::top());
  }

 private:
  recorder::loop_cells* cells_ = nullptr;
  const int* captured_ = nullptr;
  alignas(run_frame) unsigned char storage_[sizeof(run_frame)]{};
};
inline constinit thread_local run_marker marker;

/// The function that completes a type-erased handler: it tells handlers in `executor_function`
/// apart. `op` holds the executor_function right behind its base: a pointer to {function pointer,
/// …}.
template <class Op, class Base>
const void* erased_code(const Op& op) noexcept {
  const char* const function = reinterpret_cast<const char*>(&op) + sizeof(Base);
  const void* const* const impl = *reinterpret_cast<const void* const* const*>(function);
  return impl == nullptr ? nullptr : *impl;
}

template <class... Types>
struct last_but_one {
  using type = void;
};
template <class A, class B>
struct last_but_one<A, B> {
  using type = A;
};
template <class A, class B, class C, class... Rest>
struct last_but_one<A, B, C, Rest...> : last_but_one<B, C, Rest...> {};

/// How a function came to be submitted to an executor.
enum class submission {
  by_user,     ///< posted, dispatched, deferred
  dispatcher,  ///< by post and its like, to find the handler's own executor when it runs
  dispatched,  ///< by that dispatcher, to the handler's own executor; or by the user
  completion,  ///< by an asynchronous operation, to the handler's executor, with its results
};

/// The handler inside a submitted function.
template <class F>
struct submitted {
  using handler = F;
  static constexpr submission how = submission::by_user;
};
template <class H>
struct submitted<asio_detail::binder0<H>> {
  using handler = H;
  static constexpr submission how = submission::dispatched;
};
template <class H, class E, class X>
struct submitted<asio_detail::work_dispatcher<H, E, X>> {
  using handler = H;
  static constexpr submission how = submission::dispatcher;
};
template <class H>
struct submitted_completion {
  using handler = H;
  static constexpr submission how = submission::completion;
};
template <class H, class A>
struct submitted<asio_detail::binder1<H, A>> : submitted_completion<H> {};
template <class H, class A, class B>
struct submitted<asio_detail::binder2<H, A, B>> : submitted_completion<H> {};
template <class H, class A>
struct submitted<asio_detail::move_binder1<H, A>> : submitted_completion<H> {};
template <class H, class A, class B>
struct submitted<asio_detail::move_binder2<H, A, B>> : submitted_completion<H> {};

/// The user's handler type within an operation, as far as the types say it; void: unknown.
/// Asynchronous operations are templates on …, Handler, IoExecutor.
template <class Op>
struct handler_of {
  using type = void;
};
template <template <class...> class Op, class... Types>
struct handler_of<Op<Types...>> : last_but_one<Types...> {};
template <class F, class Alloc, class Base>
struct handler_of<asio_detail::executor_op<F, Alloc, Base>> {
  using type = typename submitted<F>::handler;
};

/// A run of one operation that creates another with the same key only queued its handler again. The
/// key of what runs, and the key of what is created; null: no such case.
template <class Handler, submission>
inline constexpr char hop_identity = 0;
template <class Op>
struct hop_keys {
  static constexpr const void* running =
      &hop_identity<typename handler_of<Op>::type, submission::completion>;
  static constexpr const void* created = nullptr;
  static constexpr bool may_be_hop = false;
};
template <class F, class Alloc, class Base>
struct hop_keys<asio_detail::executor_op<F, Alloc, Base>> {
  using s = submitted<F>;
  static constexpr const void* running =
      s::how == submission::dispatcher ? &hop_identity<typename s::handler, submission::dispatched>
                                       : nullptr;
  // Not told from `created`: g++ takes no address as constant under -fsanitize=undefined.
  static constexpr bool may_be_hop =
      s::how == submission::dispatched || s::how == submission::completion;
  static constexpr const void* created =
      may_be_hop ? &hop_identity<typename s::handler, s::how> : nullptr;
};

}  // namespace asioscope::hooks
