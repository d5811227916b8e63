// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/json_writer.hpp"

#include "asioscope/model/text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <ostream>

namespace asioscope::model {

void json_writer::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (has_members_.empty()) return;
  if (has_members_.back()) out_ << ',';
  has_members_.back() = true;
  out_ << '\n';
  for (std::size_t level = 0; level < has_members_.size(); ++level)
    out_ << ' ';
}

void json_writer::open(char bracket) {
  separate();
  out_ << bracket;
  has_members_.push_back(false);
}

void json_writer::close(char bracket) {
  const bool had_members = has_members_.back();
  has_members_.pop_back();
  if (had_members) {
    out_ << '\n';
    for (std::size_t level = 0; level < has_members_.size(); ++level)
      out_ << ' ';
  }
  out_ << bracket;
}

void json_writer::key(std::string_view name) {
  separate();
  write_text(name);
  out_ << ": ";
  after_key_ = true;
}

void json_writer::value(std::string_view text) {
  separate();
  write_text(text);
}

void json_writer::value(bool truth) {
  separate();
  out_ << (truth ? "true" : "false");
}

template <class Number>
void json_writer::write_number(Number number) {
  std::array<char, 32>
      digits;  // whatever the locale; the shortest form that reads back as the same
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out_.write(digits.data(), end - digits.data());
}

void json_writer::value(double number) {
  separate();
  if (!std::isfinite(number)) {
    out_ << "null";
    return;
  }
  write_number(number);
}

void json_writer::write_signed(std::int64_t number) { write_number(number); }
void json_writer::write_unsigned(std::uint64_t number) { write_number(number); }

void json_writer::write_text(std::string_view text) {
  static constexpr std::string_view hex = "0123456789abcdef";
  out_ << '"';
  while (!text.empty()) {
    const std::size_t length = utf8_sequence(text);
    const auto first = static_cast<unsigned char>(text.front());
    if (length == 0) {
      out_ << "\xEF\xBF\xBD";
    } else if (first == '"' || first == '\\') {
      out_ << '\\' << text.front();
    } else if (first == '\n') {
      out_ << "\\n";
    } else if (first == '\t') {
      out_ << "\\t";
    } else if (first == '\r') {
      out_ << "\\r";
    } else if (first < 0x20 || first == 0x7F) {
      out_ << "\\u00" << hex[first >> 4U] << hex[first & 0xFU];
    } else {
      out_ << text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out_ << '"';
}

}  // namespace asioscope::model
