// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace asioscope::recorder {

/// Finds out whether Asio's functions, as they were linked into this program, have the hooks.
using hooks_check = bool (*)();

/// Each unit of the program that is built with the hooks brings one; the first stays. Constant
/// time, no lock: called before main.
bool register_hooks_check(hooks_check check) noexcept;

/// False: parts of this program are built with the hooks, but the linker took Asio's functions from
/// a part without. True also when no part has them. Any thread, after static initialisation.
bool hooks_in_effect();

}  // namespace asioscope::recorder
