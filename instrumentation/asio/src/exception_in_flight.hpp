// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <typeinfo>

namespace asioscope::detail {

/// An exception is on its way out of something: called before the stack is unwound, and perhaps
/// again while it is. Runs on the stack of the throw: it neither throws nor allocates.
void look_at(const std::type_info& thrown, void* object) noexcept;

}  // namespace asioscope::detail
