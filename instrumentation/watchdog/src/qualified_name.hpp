// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Takes C++ names apart, as g++, clang and demanglers write them. Tolerant: text that is not a
/// name yields whatever parts can be recognised.
namespace asioscope::watchdog {

/// One part of `a::b<int>::f(char)::{lambda()#1}`.
struct name_part {
  std::string_view
      name;  ///< without arguments and parameters; for clang's lambdas "lambda at FILE:LINE"
  std::string_view arguments;  ///< what stands between < and >
  bool function = false;       ///< followed by a parameter list
  bool lambda = false;
};

/// The parts of a qualified name. A return type before it and qualifiers, clone marks and ABI tags
/// after it are dropped, so are anonymous and inline versioning namespaces.
[[nodiscard]] std::vector<name_part> parse_qualified_name(std::string_view text);

/// Splits template arguments at their top-level commas.
[[nodiscard]] std::vector<std::string_view> split_arguments(std::string_view arguments);

/// The position after the bracket that closes the one at `open`, or the end.
[[nodiscard]] std::size_t skip_brackets(std::string_view text, std::size_t open);

[[nodiscard]] std::string_view trim(std::string_view text);

}  // namespace asioscope::watchdog
