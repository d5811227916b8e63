// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace asioscope::viewer {

/// Writes an image of 8-bit RGB pixels, the top row first. Returns why it could not; empty when it
/// did.
[[nodiscard]] std::string write_png(const std::string& path, int width, int height,
                                    std::span<const std::uint8_t> rgb);

}  // namespace asioscope::viewer
