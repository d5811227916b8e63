// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <zlib.h>

#include <array>
#include <string>
#include <string_view>

namespace asioscope::metrics::testing {

/// What was compressed; "not gzip" when that, and its checksum, is not all there.
inline std::string gunzip(std::string_view packed) {
  constexpr int only_gzip = 16;
  z_stream stream{};
  ::inflateInit2(&stream, MAX_WBITS + only_gzip);
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string result;
  std::array<char, 4096> buffer;
  int status = Z_OK;
  while (status == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    status = ::inflate(&stream, Z_NO_FLUSH);
    result.append(buffer.data(), buffer.size() - stream.avail_out);
  }
  const bool whole = status == Z_STREAM_END && stream.avail_in == 0;
  ::inflateEnd(&stream);
  return whole ? result : "not gzip";
}

}  // namespace asioscope::metrics::testing
