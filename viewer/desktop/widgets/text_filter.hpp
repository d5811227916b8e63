// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "widgets/pattern.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace asioscope::viewer {

/// What of a thing can be asked for by name: "state:running".
struct filter_field {
  std::string_view name;
  bool is_asked_by_name = false;  ///< a word without a field does not look here
  bool is_whole = false;          ///< a word must be all of it
};

/// Terms separated by commas or spaces. A text passes when it has all of them and none of those
/// with a minus in front, whatever the case of the letters: "session -timeout". A term is a word,
/// "several words", or /a pattern/; with the name of a field before it, it looks there only:
/// name:/^GET /.
class text_filter {
 public:
  text_filter() = default;
  explicit text_filter(std::string_view words, std::span<const filter_field> fields = {});

  /// What is wrong with what was typed; empty: nothing.
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] bool is_empty() const { return terms_.empty(); }

  /// Of a thing without fields.
  [[nodiscard]] bool passes(std::string_view text) const;
  /// `text_of(index)`: the text of that one of the fields.
  [[nodiscard]] bool passes(const std::function<std::string(std::size_t)>& text_of) const;

 private:
  struct term {
    bool is_wanted = true;
    std::optional<std::size_t> field;
    bool is_whole = false;
    std::string word;  // in small letters
    std::optional<pattern> expression;
    /// What the pattern says of texts it was asked for: among a million tasks few are different.
    mutable std::unordered_map<std::string, bool> known = {};

    [[nodiscard]] bool matches(std::string_view text) const;
  };

  void add(std::string_view& rest);

  std::vector<filter_field> fields_;
  std::vector<term> terms_;
  std::string error_;
};

}  // namespace asioscope::viewer
