// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/instrumentation/detail/asio_internals.hpp"
#include "asioscope/recorder/site.hpp"

#include <atomic>
#include <string_view>
#include <type_traits>
#if defined(__clang__) && defined(__cpp_rtti)
#include <typeinfo>
#endif

namespace asioscope {

namespace detail {
template <class F>
class instrumented_function;

/// Registers the site of a handler from the text of its type, or from the mangled name of it. Out
/// of line: once per type.
recorder::site_id register_handler_type(const char* pretty_function,
                                        const char* operation) noexcept;
recorder::site_id register_mangled_handler_type(const char* mangled,
                                                const char* operation) noexcept;

/// The site of a handler type, with the operation it was first seen in.
template <class Handler>
struct handler_site {
  static recorder::site_id make() noexcept {
    const char* const first_seen = operation.load(std::memory_order_relaxed);
#if defined(__clang__) && defined(__cpp_rtti)
    // Clang's text of a lambda is its place only; the mangled name has the function around it.
    return register_mangled_handler_type(typeid(Handler).name(), first_seen);
#else
    return register_handler_type(__PRETTY_FUNCTION__, first_seen);
#endif
  }
  static inline constinit std::atomic<const char*> operation{"execute"};
  static inline constinit recorder::site_anchor anchor{&make};
};
}  // namespace detail

namespace hooks {

/// What an instrumented_executor submits is what was submitted to it.
template <class F>
struct submitted<asioscope::detail::instrumented_function<F>> : submitted<F> {};

enum class operation_kind {
  posted,  ///< ready when created: post, dispatch, defer, a resumption through an executor
  timer,   ///< ready at its expiry
  io,      ///< ready when the reactor says so
  other,   ///< ready at a moment nobody tells
};

template <class Op>
constexpr std::string_view type_text() noexcept {
  return __PRETTY_FUNCTION__;
}

/// The text from the name of the operation on: what follows the first "asio::detail::".
template <class Op>
consteval std::string_view operation_text() {
  constexpr std::string_view library = "asio::detail::";
  const std::string_view text = type_text<Op>();
  const auto at = text.find(library);
  return at == text.npos ? std::string_view() : text.substr(at + library.size());
}

template <class Op>
consteval operation_kind kind_of() {
  const std::string_view text = operation_text<Op>();
  if (text.starts_with("wait_handler<")) return operation_kind::timer;
  if (text.starts_with("reactive_") || text.starts_with("io_uring_") ||
      text.starts_with("signal_handler<") || text.starts_with("descriptor_"))
    return operation_kind::io;
  if (text.starts_with("resolve_")) return operation_kind::other;
  return operation_kind::posted;
}

/// A strand runs the handlers in its queue.
template <class Op>
consteval bool is_strand_pass() {
  return type_text<Op>().find("strand_executor_service::invoker<") != std::string_view::npos;
}

/// Operations that only run others: what they run is recorded, they are not.
template <class Op>
consteval bool is_transparent() {
  const std::string_view text = type_text<Op>();
  // A function of an instrumented_executor records itself.
  return is_strand_pass<Op>() ||
         text.find("executor_op<asioscope::detail::instrumented_function<") != text.npos;
}

template <class Op>
inline constexpr bool is_erased = false;
template <class Alloc, class Base>
inline constexpr bool
    is_erased<asio_detail::executor_op<asio_detail::executor_function, Alloc, Base>> = true;

template <class Op>
struct base_of;
template <class F, class Alloc, class Base>
struct base_of<asio_detail::executor_op<F, Alloc, Base>> {
  using type = Base;
};

/// Handlers that resume a coroutine of Asio.
template <class Handler>
consteval bool resumes_coroutine() {
  return type_text<Handler>().find("awaitable_") != std::string_view::npos;
}

}  // namespace hooks
}  // namespace asioscope
