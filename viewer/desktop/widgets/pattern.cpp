// SPDX-License-Identifier: BSL-1.0
#include "widgets/pattern.hpp"

#include <re2/re2.h>

#include <cstdint>
#include <utility>

namespace asioscope::viewer {
namespace {

constexpr std::int64_t most_memory = std::int64_t{1} << 20;

re2::StringPiece piece_of(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

pattern::pattern(std::string_view expression) {
  if (expression.size() > longest) {
    error_ = "longer than " + std::to_string(longest) + " letters";
    return;
  }
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_case_sensitive(false);
  options.set_never_capture(true);
  options.set_max_mem(most_memory);
  auto compiled = std::make_shared<const re2::RE2>(piece_of(expression), options);
  if (compiled->ok()) {
    compiled_ = std::move(compiled);
  } else {
    error_ = compiled->error();
  }
}

bool pattern::occurs_in(std::string_view text) const {
  return compiled_ != nullptr && re2::RE2::PartialMatch(piece_of(text), *compiled_);
}

}  // namespace asioscope::viewer
