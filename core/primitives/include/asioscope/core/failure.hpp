// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/error.hpp"

#include <exception>
#include <string>

namespace asioscope::core {

/// The error code that an exception carries; `failed` of one that carries none.
error_code code_of(const std::exception_ptr& exception) noexcept;

/// What it says of itself.
std::string text_of(const std::exception_ptr& exception);

/// What a call ended with that did not work: an error code, or an exception and its code.
struct failure {
  error_code error;
  std::exception_ptr exception;
};

/// \param exception not null
failure failure_of(std::exception_ptr exception) noexcept;

/// The one who called has cancelled it: no failure of what was called.
bool is_cancellation(const failure& what) noexcept;

/// What a call says about the one that was called.
enum class verdict { success, failure, ignored };

/// A cancellation is ignored, all else is a failure.
verdict judge_failure(const failure& what) noexcept;

}  // namespace asioscope::core
