// SPDX-License-Identifier: BSL-1.0
#include "query.hpp"

#include <charconv>
#include <cstddef>
#include <system_error>

namespace asioscope::metrics {

namespace {

std::optional<std::string> decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const std::string_view digits = text.substr(i + 1, 2);
    unsigned char value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() < 2 || error != std::errc{} || end != digits.data() + 2) return std::nullopt;
    result += static_cast<char>(value);
    i += 2;
  }
  return result;
}

}  // namespace

std::optional<std::vector<std::string>> query_values(std::string_view query,
                                                     std::string_view name) {
  std::vector<std::string> result;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view part = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    const std::size_t equals = part.find('=');
    const auto key = decoded(part.substr(0, equals));
    const auto value =
        decoded(equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1));
    if (!key || !value) return std::nullopt;
    if (*key == name) result.push_back(*value);
  }
  return result;
}

}  // namespace asioscope::metrics
