// SPDX-License-Identifier: BSL-1.0
#include "platform/png.hpp"

#include <png.h>

#include <cstddef>

namespace asioscope::viewer {

std::string write_png(const std::string& path, int width, int height,
                      std::span<const std::uint8_t> rgb) {
  if (width <= 0 || height <= 0 ||
      rgb.size() != static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3) {
    return "the image has no pixels";
  }
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(width);
  image.height = static_cast<png_uint_32>(height);
  image.format = PNG_FORMAT_RGB;
  const bool written =
      png_image_write_to_file(&image, path.c_str(), 0, rgb.data(), 0, nullptr) != 0;
  return written ? std::string() : "cannot write " + path + ": " + image.message;
}

}  // namespace asioscope::viewer
