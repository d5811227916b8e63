// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string>

/// What a program says about itself in its hello.
namespace asioscope::live {

/// When this process began, by the wall clock. The same value for the life of the process, or else
/// a viewer would take it for another one.
std::int64_t process_start_realtime_ns();

std::string host_name();

/// Versions of asioscope, of the Boost it was built with and of the compiler.
std::string build_description();

}  // namespace asioscope::live
