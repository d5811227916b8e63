// SPDX-License-Identifier: BSL-1.0
#include "asioscope/test_kit/schedules.hpp"

#include <gtest/gtest.h>

#include <charconv>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace asioscope::test_kit {

namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t result = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, result);
  if (error != std::errc() || rest != end) return std::nullopt;
  return result;
}

struct range {
  std::uint64_t first;
  std::uint64_t last;
};

/// Nothing: it is none.
std::optional<range> range_of(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto last = number(text.substr(dash == text.npos ? 0 : dash + 1));
  const auto first =
      dash == text.npos ? std::optional<std::uint64_t>(1) : number(text.substr(0, dash));
  if (!first || !last || *first == 0 || *last < *first) return std::nullopt;
  return range{*first, *last};
}

std::string how_to_repeat(std::uint64_t seed) {
  std::ostringstream out;
  out << "schedule " << seed << ": ASIOSCOPE_SCHEDULES=" << seed << '-' << seed << " repeats it";
  return std::move(out).str();
}

}  // namespace

void for_each_schedule(std::size_t usual, const std::function<void(std::uint64_t)>& one) {
  const char* const wanted = std::getenv("ASIOSCOPE_SCHEDULES");
  const auto those = wanted == nullptr ? range{1, usual} : range_of(wanted);
  if (!those) {
    ADD_FAILURE() << "ASIOSCOPE_SCHEDULES is neither a number nor a range: " << wanted;
    return;
  }
  for (std::uint64_t each = those->first; each <= those->last; ++each) {
    const testing::ScopedTrace trace(__FILE__, __LINE__, how_to_repeat(each));
    one(each);
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace asioscope::test_kit
