// SPDX-License-Identifier: BSL-1.0
#include "saved_filters.hpp"

#include <algorithm>

namespace asioscope::viewer {

const std::vector<std::string>& saved_filters::of(std::string_view view) const {
  static const std::vector<std::string> none;
  const auto found = by_view_.find(view);
  return found == by_view_.end() ? none : found->second;
}

bool saved_filters::has(std::string_view view, std::string_view text) const {
  return std::ranges::find(of(view), text) != of(view).end();
}

void saved_filters::add(std::string_view view, std::string_view text) {
  const auto is_control = [](char letter) { return static_cast<unsigned char>(letter) < 0x20; };
  if (text.empty() || text.size() > longest || std::ranges::any_of(text, is_control)) return;
  if (has(view, text)) return;
  if (!by_view_.contains(view) && by_view_.size() == most_views) return;
  std::vector<std::string>& mine = by_view_[std::string(view)];
  if (mine.size() == most) mine.erase(mine.begin());
  mine.emplace_back(text);
}

void saved_filters::remove(std::string_view view, std::string_view text) {
  const auto found = by_view_.find(view);
  if (found == by_view_.end()) return;
  std::erase(found->second, text);
  if (found->second.empty()) by_view_.erase(found);
}

}  // namespace asioscope::viewer
