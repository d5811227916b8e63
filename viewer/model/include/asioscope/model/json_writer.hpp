// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string_view>
#include <type_traits>
#include <vector>

namespace asioscope::model {

/// Writes one JSON value piece by piece, with commas, escapes and indentation where they belong.
/// Strings that are not valid UTF-8 are repaired; NaN and infinities, which JSON does not have,
/// become null.
class json_writer {
 public:
  explicit json_writer(std::ostream& out) : out_(out) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  void key(std::string_view name);

  void value(std::string_view text);
  void value(const char* text) { value(std::string_view(text)); }
  void value(bool truth);
  void value(double number);
  template <std::integral Integer>
  void value(Integer number) {
    separate();
    if constexpr (std::is_signed_v<Integer>) {
      write_signed(number);
    } else {
      write_unsigned(number);
    }
  }

  template <class Value>
  void member(std::string_view name, const Value& content) {
    key(name);
    value(content);
  }

 private:
  void open(char bracket);
  void close(char bracket);
  void separate();
  void write_text(std::string_view text);
  template <class Number>
  void write_number(Number number);
  void write_signed(std::int64_t number);
  void write_unsigned(std::uint64_t number);

  std::ostream& out_;
  std::vector<bool> has_members_;  // of the containers that are open
  bool after_key_ = false;
};

}  // namespace asioscope::model
