// SPDX-License-Identifier: BSL-1.0
#include "label_value.hpp"

#include <array>
#include <cstdint>
#include <cstdio>

namespace asioscope::metrics {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

/// The length of the well-formed UTF-8 sequence at the begin of the text, 0 when there is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  std::size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    if (first == 0xE0) low = 0xA0;   // else overlong
    if (first == 0xED) high = 0x9F;  // else a surrogate
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    if (first == 0xF0) low = 0x90;   // else overlong
    if (first == 0xF4) high = 0x8F;  // else beyond Unicode
  }
  if (length == 0 || text.size() < length) return 0;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  return length;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

std::string clean(std::string_view name) {
  std::string result;
  result.reserve(name.size());
  while (!name.empty()) {
    const std::size_t length = sequence_length(name);
    if (length == 0) {
      result += replacement;
    } else if (length == 1 && is_control(name.front())) {
      result += ' ';
    } else {
      result += name.substr(0, length);
    }
    name.remove_prefix(length == 0 ? 1 : length);
  }
  return result;
}

std::string hash_suffix(std::string_view text) {
  std::uint32_t hash = 2166136261U;  // FNV-1a
  for (const char c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  std::array<char, 16> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "~%08x", hash);
  return buffer.data();
}

}  // namespace

std::string label_value(std::string_view name, std::size_t most_bytes) {
  std::string result = clean(name);
  if (result.size() <= most_bytes) return result;
  const std::string suffix = hash_suffix(name);
  std::size_t end = most_bytes - suffix.size();
  // Not in the middle of a character.
  while (end > 0 && (static_cast<unsigned char>(result[end]) & 0xC0U) == 0x80)
    --end;
  return result.replace(end, std::string::npos, suffix);
}

}  // namespace asioscope::metrics
