// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/sqlite/error.hpp"

#include <boost/system/system_error.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace asioscope::sqlite {

using blob = std::vector<std::byte>;

namespace detail {
template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};
[[noreturn]] void throw_mismatch();
}  // namespace detail

/// What SQLite stores: NULL, a 64-bit integer, a double, text or bytes.
class value {
 public:
  using variant = std::variant<std::monostate, std::int64_t, double, std::string, blob>;

  value() = default;
  value(std::nullopt_t) {}
  template <std::integral Integer>
  requires(std::is_signed_v<Integer> || sizeof(Integer) < sizeof(std::int64_t))
      value(Integer number)
      : stored_(static_cast<std::int64_t>(number)) {}
  value(double number) : stored_(number) {}
  value(std::string text) : stored_(std::move(text)) {}
  value(std::string_view text) : stored_(std::string(text)) {}
  value(const char* text) : stored_(std::string(text)) {}
  value(blob bytes) : stored_(std::move(bytes)) {}
  template <class T>
  value(const std::optional<T>& maybe) {
    if (maybe.has_value()) *this = value(*maybe);
  }

  bool is_null() const noexcept { return stored_.index() == 0; }
  const variant& stored() const noexcept { return stored_; }

  /// As that type: bool, any integer that it fits in, double (also of an integer), std::string,
  /// `blob`, and `std::optional` of these for what may be NULL.
  /// \throws boost::system::system_error with `errc::mismatch`
  template <class T>
  T get() const {
    if constexpr (detail::is_optional<T>::value) {
      if (is_null()) return std::nullopt;
      return get<typename T::value_type>();
    } else if constexpr (std::is_same_v<T, bool>) {
      return stored_as<std::int64_t>() != 0;
    } else if constexpr (std::integral<T>) {
      const std::int64_t number = stored_as<std::int64_t>();
      if (!std::in_range<T>(number)) detail::throw_mismatch();
      return static_cast<T>(number);
    } else if constexpr (std::floating_point<T>) {
      if (const auto* const integer = std::get_if<std::int64_t>(&stored_))
        return static_cast<T>(*integer);
      return static_cast<T>(stored_as<double>());
    } else {
      return stored_as<T>();
    }
  }

  bool operator==(const value&) const = default;

 private:
  template <class T>
  const T& stored_as() const {
    const T* const found = std::get_if<T>(&stored_);
    if (found == nullptr) detail::throw_mismatch();
    return *found;
  }

  variant stored_;
};

/// What is bound to the `?` of a statement, in their order.
using parameters = std::vector<value>;

/// values(1, "two", std::nullopt).
template <class... Values>
parameters values(Values&&... each) {
  parameters result;
  result.reserve(sizeof...(each));
  (result.emplace_back(std::forward<Values>(each)), ...);
  return result;
}

}  // namespace asioscope::sqlite
