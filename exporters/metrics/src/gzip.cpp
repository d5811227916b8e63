// SPDX-License-Identifier: BSL-1.0
#include "gzip.hpp"

#include "field_list.hpp"

#include <zlib.h>

#include <array>
#include <cstddef>
#include <limits>
#include <new>
#include <optional>

namespace asioscope::metrics {

namespace {

int weight_of(std::string_view parameters) {
  while (!parameters.empty()) {
    std::string_view value = take_part(parameters, ';');
    if (same_word(take_part(value, '='), "q")) return parse_weight(trimmed(value)).value_or(0);
  }
  return 1000;
}

constexpr int gzip_header = 16;  // what deflateInit2 wants added to the window bits

class deflater {
 public:
  deflater() {
    constexpr int usual_memory = 8;
    if (::deflateInit2(&stream_, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + gzip_header, usual_memory,
                       Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~deflater() { ::deflateEnd(&stream_); }
  deflater(const deflater&) = delete;
  deflater& operator=(const deflater&) = delete;

  void add(std::string_view text, int flush, std::string& out) {
    // zlib only reads it.
    stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));
    stream_.avail_in = static_cast<uInt>(text.size());
    std::array<char, 32 * 1024> buffer;
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
      stream_.avail_out = static_cast<uInt>(buffer.size());
      ::deflate(&stream_, flush);
      out.append(buffer.data(), buffer.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }

 private:
  z_stream stream_{};
};

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  std::optional<int> gzip;
  std::optional<int> any;
  int identity = 0;
  while (!accept_encoding.empty()) {
    std::string_view parameters = take_part(accept_encoding, ',');
    const std::string_view coding = take_part(parameters, ';');
    const int weight = weight_of(parameters);
    if (same_word(coding, "gzip") || same_word(coding, "x-gzip")) gzip = weight;
    if (same_word(coding, "identity")) identity = weight;
    if (coding == "*") any = weight;
  }
  const int wanted = gzip.value_or(any.value_or(0));
  return wanted > 0 && wanted >= identity;
}

std::string gzip(std::string_view text) {
  constexpr std::size_t at_a_time = std::numeric_limits<uInt>::max();
  std::string result;
  deflater stream;
  for (; text.size() > at_a_time; text.remove_prefix(at_a_time))
    stream.add(text.substr(0, at_a_time), Z_NO_FLUSH, result);
  stream.add(text, Z_FINISH, result);
  return result;
}

}  // namespace asioscope::metrics
