// SPDX-License-Identifier: BSL-1.0
#include "connection/recording.hpp"

#include "asioscope/schema/codec.hpp"

#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace asioscope::viewer {
namespace {

constexpr std::size_t portion = std::size_t{1} << 18;

}  // namespace

replayed replay(const std::string& path, std::int64_t until_ns, std::size_t trace_events,
                const std::function<bool(double)>& is_cancelled) {
  replayed result;
  result.state = model::model(trace_events);
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    result.error = "cannot open " + path;
    return result;
  }
  std::error_code unknown;
  const auto size = static_cast<double>(std::filesystem::file_size(path, unknown));
  schema::decoder decoder;
  std::vector<char> buffer(portion);
  std::size_t fed = 0;
  bool has_time = false;
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) ||
         file.gcount() > 0) {
    if (is_cancelled(size > 0 ? static_cast<double>(fed) / size : 0)) {
      result.was_cancelled = true;
      return result;
    }
    const auto count = static_cast<std::size_t>(file.gcount());
    fed += count;
    decoder.feed({buffer.data(), count});
    while (const auto message = decoder.next()) {
      if (const auto* frame = std::get_if<schema::frame>(&*message)) {
        if (has_time && !frame->snapshot && frame->time.monotonic_ns > until_ns) return result;
        if (!has_time) result.extent.begin_ns = frame->time.monotonic_ns;
        result.extent.end_ns = frame->time.monotonic_ns;
        has_time = true;
      }
      result.error = result.state.fold(*message);
      if (!result.error.empty()) break;
    }
    if (result.error.empty()) result.error = decoder.error();
    if (!result.error.empty()) break;
  }
  // What is wrong with its end does not make its beginning less true.
  if (has_time && !result.error.empty()) {
    result.extent.flaw = "it cannot be read any further: " + std::exchange(result.error, {});
  } else if (!decoder.is_between_messages()) {
    result.extent.flaw = "it ends in the middle of a message";
  }
  if (!has_time && result.error.empty())
    result.error = fed == 0 ? "it is empty" : "it holds no state of a program";
  return result;
}

}  // namespace asioscope::viewer
