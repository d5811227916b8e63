// SPDX-License-Identifier: BSL-1.0
// Feeds arbitrary bytes to the decoder, cut at a place that depends on them. What it accepts must
// survive being written and read again. libFuzzer's entry point; corpus_replay.cpp calls it as an
// ordinary test.
#include "asioscope/schema/codec.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using asioscope::schema::decoder;
using asioscope::schema::message;

std::vector<message> decode(std::string_view bytes, std::size_t cut) {
  decoder reader{std::size_t{1} << 20, std::size_t{8} << 20};
  std::vector<message> result;
  for (const std::string_view part : {bytes.substr(0, cut), bytes.substr(cut)}) {
    reader.feed(part);
    while (auto each = reader.next())
      result.push_back(std::move(*each));
  }
  return result;
}

void expect(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const std::vector<message> first = decode(bytes, size == 0 ? 0 : data[size - 1] % size);
  expect(first == decode(bytes, 0));

  // Text that was not UTF-8 is replaced when written, so the second round is the one that must be
  // stable.
  std::string once;
  for (const message& each : first)
    asioscope::schema::encode(each, once);
  const std::vector<message> second = decode(once, 0);
  std::string twice;
  for (const message& each : second)
    asioscope::schema::encode(each, twice);
  expect(once == twice);
  return 0;
}
