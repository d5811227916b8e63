// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/system/error_code.hpp>

#include <type_traits>

namespace asioscope::core {

using boost::system::error_code;

/// What the primitives fail with, beside `boost::asio::error::operation_aborted`, which means that
/// the one who waited cancelled it.
///
/// Conditions: `timed_out` equals `boost::system::errc::timed_out`, `closed` equals
/// `errc::operation_canceled`, `rejected`, `breaker_open` and `full` equal
/// `errc::resource_unavailable_try_again`, `too_much` and `not_running` equal
/// `errc::invalid_argument` and `errc::operation_not_permitted`, `duplicate` equals
/// `errc::file_exists`.
enum class errc {
  closed = 1,         ///< the primitive was closed, before or while waiting
  timed_out,          ///< the deadline passed, or would have
  full,               ///< there is no room, and one was not to wait
  rejected,           ///< a limiter or a bulkhead refused
  too_much,           ///< more was asked for than there can ever be
  breaker_open,       ///< a circuit breaker did not let the call through
  retries_exhausted,  ///< the last attempt failed, too
  not_running,        ///< it was not started, or has been stopped
  duplicate,          ///< the id is in use
  failed,             ///< an exception that carries no error code
  create_failed,      ///< a pool's resource could not be made, and no error_code says why
};

const boost::system::error_category& core_category() noexcept;

inline error_code make_error_code(errc value) noexcept {
  return {static_cast<int>(value), core_category()};
}

}  // namespace asioscope::core

template <>
struct boost::system::is_error_code_enum<asioscope::core::errc> : std::true_type {};
