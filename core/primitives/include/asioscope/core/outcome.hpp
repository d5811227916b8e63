// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/error.hpp"
#include "asioscope/core/failure.hpp"

#include <boost/system/system_error.hpp>

#include <exception>
#include <type_traits>
#include <utility>
#include <variant>

namespace asioscope::core {

/// What became of an operation: its value, or the error code or the exception that it ended with.
template <class T = void>
class outcome {
  using stored = std::conditional_t<std::is_void_v<T>, std::monostate, T>;
  template <class Other>
  static constexpr bool holds = std::is_same_v<T, Other>;

 public:
  using value_type = T;

  outcome() requires std::is_void_v<T> : result_(std::in_place_index<0>) {}
  /// Nothing was done: `not_running`.
  outcome() requires(!std::is_void_v<T>) : outcome(failure{errc::not_running, nullptr}) {}
  outcome(stored value) requires(!std::is_void_v<T>)  // NOLINT(google-explicit-constructor)
      : result_(std::in_place_index<0>, std::move(value)) {}
  outcome(std::exception_ptr exception)  // NOLINT(google-explicit-constructor)
      requires(!holds<std::exception_ptr>)
      : outcome(failure_of(std::move(exception))) {}
  /// No exception is made of it before somebody asks for one.
  outcome(error_code error)  // NOLINT(google-explicit-constructor)
      requires(!holds<error_code>)
      : outcome(failure{error, nullptr}) {}
  outcome(failure what)  // NOLINT(google-explicit-constructor)
      : result_(std::in_place_index<1>, std::move(what)) {}

  bool has_value() const noexcept { return result_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  /// Throws the exception, or the error code as a `system_error`, if there is one.
  std::add_lvalue_reference_t<T> value() & {
    check();
    if constexpr (!std::is_void_v<T>) return *std::get_if<0>(&result_);
  }
  std::add_lvalue_reference_t<const T> value() const& {
    check();
    if constexpr (!std::is_void_v<T>) return *std::get_if<0>(&result_);
  }
  T value() && {
    check();
    if constexpr (!std::is_void_v<T>) return std::move(*std::get_if<0>(&result_));
  }

  /// \pre !has_value()
  const failure& what() const noexcept { return *std::get_if<1>(&result_); }

  /// Null: there is a value.
  std::exception_ptr exception() const noexcept {
    if (has_value()) return nullptr;
    return what().exception != nullptr
               ? what().exception
               : std::make_exception_ptr(boost::system::system_error(what().error));
  }

  /// None, when there is a value; `failed`, when it was an exception without a code.
  error_code error() const noexcept { return has_value() ? error_code() : what().error; }

  /// It was given up by the one who wanted it, which is no failure.
  bool is_cancelled() const noexcept { return !has_value() && is_cancellation(what()); }

 private:
  void check() const {
    if (!has_value()) std::rethrow_exception(exception());
  }

  std::variant<stored, failure> result_;
};

}  // namespace asioscope::core
