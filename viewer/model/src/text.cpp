// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/text.hpp"

namespace asioscope::model {

std::size_t utf8_sequence(std::string_view text) noexcept {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  std::size_t length = 0;
  // The bounds of the second byte shut out overlong forms, surrogates and what is beyond U+10FFFF.
  unsigned lowest = 0x80;
  unsigned highest = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) lowest = 0xA0;
    if (lead == 0xED) highest = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) lowest = 0x90;
    if (lead == 0xF4) highest = 0x8F;
  } else {
    return 0;
  }
  if (text.size() < length || byte(1) < lowest || byte(1) > highest) return 0;
  for (std::size_t index = 2; index < length; ++index) {
    if ((byte(index) & 0xC0U) != 0x80) return 0;
  }
  return length;
}

std::string clean_text(std::string_view text, std::size_t limit) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  constexpr std::string_view ellipsis = "\xE2\x80\xA6";
  std::string result;
  std::size_t cut = 0;  // longest prefix that leaves room for the ellipsis
  while (!text.empty()) {
    const std::size_t length = utf8_sequence(text);
    const std::string_view piece = length == 0 ? replacement : text.substr(0, length);
    if (result.size() + piece.size() > limit) {
      result.resize(cut);
      if (ellipsis.size() <= limit) result += ellipsis;
      break;
    }
    result += piece;
    if (result.size() + ellipsis.size() <= limit) cut = result.size();
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return result;
}

void clean_texts(std::vector<std::string>& texts, std::size_t most, std::size_t limit) {
  if (texts.size() > most) texts.resize(most);
  for (std::string& each : texts)
    each = clean_text(each, limit);
}

}  // namespace asioscope::model
