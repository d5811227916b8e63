// SPDX-License-Identifier: BSL-1.0
#include "asioscope/session/session.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>

/// Referenced by the linker option that comes with asioscope::autostart: without it the object of
/// this file would be left out, as nothing in the program uses it.
extern "C" {
extern const char asioscope_autostart_anchor;
const char asioscope_autostart_anchor = 0;
}

namespace {

asioscope::session* started = nullptr;

/// Stopped, not destroyed: what of the program is still to be destroyed may still run handlers.
void stop_at_exit() { started->stop(); }

/// Runs before main. A problem here must not keep the program from starting.
[[gnu::constructor]] void start() {
  try {
    started = new asioscope::session;
    std::atexit(stop_at_exit);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
}

}  // namespace
