// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/version.hpp>

#include <string_view>

// ASIOSCOPE_VERSION comes from the build.

#define ASIOSCOPE_TEXT_OF(value) #value
#define ASIOSCOPE_TEXT(value) ASIOSCOPE_TEXT_OF(value)

namespace asioscope::metrics {

inline constexpr std::string_view library_version = ASIOSCOPE_VERSION;
inline constexpr std::string_view boost_version = BOOST_LIB_VERSION;
#if defined(__clang__)
inline constexpr std::string_view compiler_version =
    "clang " ASIOSCOPE_TEXT(__clang_major__) "." ASIOSCOPE_TEXT(__clang_minor__);
#elif defined(__GNUC__)
inline constexpr std::string_view compiler_version =
    "gcc " ASIOSCOPE_TEXT(__GNUC__) "." ASIOSCOPE_TEXT(__GNUC_MINOR__);
#else
inline constexpr std::string_view compiler_version = "unknown";
#endif

}  // namespace asioscope::metrics

#undef ASIOSCOPE_TEXT
#undef ASIOSCOPE_TEXT_OF
