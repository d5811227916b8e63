// SPDX-License-Identifier: BSL-1.0
#include "connection/target.hpp"

#include <algorithm>

namespace asioscope::viewer {

target parse_target(std::string_view text) {
  if (text.empty()) return {};
  if (text.ends_with(".asioscope")) return {target::kind::recording, std::string(text), {}};
  if (text.find('/') != std::string_view::npos) {
    return {target::kind::socket, std::string(text), {}};
  }
  const std::size_t colon = text.rfind(':');
  if (colon != std::string_view::npos && colon > 0) {
    std::string_view host = text.substr(0, colon);
    const std::string_view port = text.substr(colon + 1);
    const bool is_port = !port.empty() && port.size() <= 5 &&
                         std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
      host = host.substr(1, host.size() - 2);
    }
    if (is_port) return {target::kind::tcp, std::string(host), std::string(port)};
  }
  return {target::kind::program, std::string(text), {}};
}

std::string describe(const target& wanted) {
  switch (wanted.how) {
    case target::kind::newest:
      return "the newest program";
    case target::kind::program:
      return "program " + wanted.name;
    case target::kind::socket:
    case target::kind::recording:
      return wanted.name;
    case target::kind::tcp:
      break;
  }
  const bool is_v6 = wanted.name.find(':') != std::string::npos;
  return (is_v6 ? "[" + wanted.name + "]" : wanted.name) + ":" + wanted.port;
}

}  // namespace asioscope::viewer
