// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/error.hpp"

#include <boost/system/error_code.hpp>

#include <type_traits>

namespace asioscope::sqlite {

using core::error_code;

/// The result codes of SQLite (sqlite.org/rescode.html) that a program is likely to ask for. An
/// `error_code` carries the extended one, such as 2067 for a violated UNIQUE; `primary` gives what
/// it is a kind of.
///
/// Conditions: busy and locked equal `errc::resource_unavailable_try_again`, interrupted
/// `operation_canceled`, out_of_memory `not_enough_memory`, input_output `io_error`, full
/// `no_space_on_device`, read_only and permission `permission_denied`.
enum class errc {
  error = 1,
  permission = 3,
  busy = 5,
  locked = 6,
  out_of_memory = 7,
  read_only = 8,
  interrupted = 9,
  input_output = 10,
  corrupt = 11,
  full = 13,
  cannot_open = 14,
  constraint = 19,
  mismatch = 20,  ///< a column is of another type than the one asked for
  misuse = 21,
  range = 25,  ///< there is no such column, or not so many parameters
  not_a_database = 26,
  rolled_back = 516,  ///< the transaction is over already
};

/// The messages are SQLite's.
const boost::system::error_category& sqlite_category() noexcept;

inline error_code make_error_code(errc value) noexcept {
  return {static_cast<int>(value), sqlite_category()};
}

/// `errc::constraint` for any violated constraint.
inline errc primary(const error_code& code) noexcept {
  return static_cast<errc>(code.value() & 0xff);
}

}  // namespace asioscope::sqlite

template <>
struct boost::system::is_error_code_enum<asioscope::sqlite::errc> : std::true_type {};
