// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

namespace asioscope::watchdog {

/// A readable name for a piece of code that stands for a handler or a coroutine, from the program's
/// symbols: the resume function of `app::session(tcp::socket)` → `app::session`; what runs a
/// type-erased handler → that handler. Empty when there is no symbol. May take 100 ms the first
/// time: never call it on a loop thread.
///
/// Thread safety: any thread.
[[nodiscard]] std::string name_of_code(const void* code);

}  // namespace asioscope::watchdog
