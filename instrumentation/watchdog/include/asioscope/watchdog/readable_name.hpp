// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>

/// Names a person can read, made from what compilers and demanglers write. Pure functions on text;
/// input they do not understand comes back shortened, never empty unless it was empty.
///
/// What is promised: no template arguments, no parameter lists, no anonymous namespaces, at most
/// 100 characters (leading namespaces go first). A lambda is named after the function it was
/// written in: `app::server::start() lambda`; where the compiler does not say that (clang), after
/// its place: `lambda at server.cpp:12`.
namespace asioscope::watchdog {

/// The type in a `__PRETTY_FUNCTION__` of a template with one type parameter, g++ (`[with T = X]`)
/// or clang
/// (`[T = X]`). Other text is returned as it is.
[[nodiscard]] std::string_view type_in_pretty_function(std::string_view text);

/// The user's handler inside the type of an Asio operation or completion handler, as written by
/// g++, by clang or by a demangler. What is not the user's has a fixed name: `coroutine` (a
/// resumption), `strand` (the invoker of a strand), `executor_function` (a handler erased by
/// any_io_executor), `future`, `detached`. What a primitive of asioscope::core does for itself has
/// the primitive's name: `asioscope::core::resource_pool`.
[[nodiscard]] std::string readable_handler_name(std::string_view type_name);

/// A function from its demangled name: `app::session(tcp::socket) [clone .actor]` → `app::session`.
[[nodiscard]] std::string readable_function_name(std::string_view demangled);

/// A function that stands for a handler: the handler inside Asio's `executor_function::complete<…>`
/// and `…_op<…>::do_complete`, otherwise the function.
[[nodiscard]] std::string readable_code_name(std::string_view demangled);

/// Whether a function (demangled) belongs to Asio, Beast, the C++ runtime or asioscope rather than
/// to the user.
[[nodiscard]] bool is_internal_function(std::string_view demangled);

}  // namespace asioscope::watchdog
