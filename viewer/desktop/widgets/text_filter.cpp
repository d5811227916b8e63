// SPDX-License-Identifier: BSL-1.0
#include "widgets/text_filter.hpp"

#include <algorithm>

namespace asioscope::viewer {
namespace {

// Names in programs are ASCII with rare exceptions; those are compared as they are.
std::string lowered(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  });
  return result;
}

}  // namespace

text_filter::text_filter(std::string_view words) {
  constexpr std::string_view separators = ", ";
  const std::string all = lowered(words);
  std::size_t begin = all.find_first_not_of(separators);
  while (begin != std::string::npos) {
    const std::size_t end = std::min(all.find_first_of(separators, begin), all.size());
    const std::string word = all.substr(begin, end - begin);
    if (word.front() != '-') {
      wanted_.push_back(word);
    } else if (word.size() > 1) {
      unwanted_.push_back(word.substr(1));
    }
    begin = all.find_first_not_of(separators, end);
  }
}

bool text_filter::passes(std::string_view text) const {
  if (is_empty()) return true;
  const std::string searched = lowered(text);
  const auto occurs = [&](const std::string& word) {
    return searched.find(word) != std::string::npos;
  };
  return std::ranges::all_of(wanted_, occurs) && std::ranges::none_of(unwanted_, occurs);
}

}  // namespace asioscope::viewer
