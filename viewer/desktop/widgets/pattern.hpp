// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace asioscope::viewer {

/// A regular expression, whatever the case of the letters: . [a-z] [^x] \d \w \s \b ^ $ ( ) | * + ?
/// {2,5}. Letters are bytes.
///
/// Not std::regex: that may take exponential time, and a frame of the stack for each letter, which
/// is no way to treat a million names with what somebody is about to type. This one takes time in
/// proportion to its own length and that of the text, and no stack.
class pattern {
 public:
  static constexpr std::size_t longest = 200;       ///< letters
  static constexpr std::size_t most_steps = 1'000;  ///< with all repetitions written out

  explicit pattern(std::string_view expression);

  /// What is wrong with it; empty: nothing.
  [[nodiscard]] const std::string& error() const { return error_; }
  /// Somewhere in it. Nothing matches a pattern that is wrong.
  [[nodiscard]] bool occurs_in(std::string_view text) const;

 private:
  friend class pattern_compiler;
  using letters = std::bitset<256>;

  enum class operation : std::uint8_t {
    letter,        ///< one of `set`
    either,        ///< `next`, or `other`
    text_begin,    ///< ^
    text_end,      ///< $
    word_edge,     ///< \b
    no_word_edge,  ///< \B
    found,
  };
  struct step {
    operation what = operation::found;
    std::uint32_t next = 0;
    std::uint32_t other = 0;
    std::uint32_t set = 0;
  };

  class search;

  std::vector<step> steps_;
  std::vector<letters> sets_;
  std::uint32_t first_ = 0;
  std::string error_;
};

}  // namespace asioscope::viewer
