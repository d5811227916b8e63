// SPDX-License-Identifier: BSL-1.0
#include "field_list.hpp"

#include "asioscope/metrics/text_format.hpp"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

namespace asioscope::metrics {

namespace {

std::string_view without_quotes(std::string_view value) {
  const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  return quoted ? value.substr(1, value.size() - 2) : value;
}

struct media_range {
  std::string_view type;  // "text/plain", "text/*", "*/*"
  std::string_view version;
  int quality = 1000;
};

/// Nothing for what is no media range. Parameters that mean nothing to us (charset, escaping) are
/// passed over.
std::optional<media_range> parse_range(std::string_view text) {
  media_range result;
  result.type = take_part(text, ';');
  const std::size_t slash = result.type.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == result.type.size())
    return std::nullopt;
  while (!text.empty()) {
    std::string_view value = take_part(text, ';');
    const std::string_view name = take_part(value, '=');
    if (same_word(name, "version")) result.version = without_quotes(value);
    if (!same_word(name, "q")) continue;
    const std::optional<int> quality = parse_weight(value);
    if (!quality) return std::nullopt;
    result.quality = *quality;
  }
  return result;
}

/// A format that may be had, and what the header says of it.
class offer {
 public:
  offer(std::string_view type, std::string_view version) : type_(type), version_(version) {}

  /// `place`: smaller for what stands later in the header.
  void compare_with(const media_range& range, int place) {
    const int exactness = exactness_of(range);
    if (exactness == 0) return;
    // What the most exact range says. Of several that are as exact, the one that likes it more.
    if (const auto found = std::pair(exactness, range.quality); found > said_) {
      said_ = found;
      place_ = place;
    }
  }

  /// Greater is better; nothing to be had is less than anything.
  [[nodiscard]] std::tuple<int, int, int> rank() const {
    const auto [exactness, quality] = said_;
    return quality == 0 ? std::tuple(0, 0, 0) : std::tuple(quality, exactness, place_);
  }

 private:
  /// 0: it is not in the range.
  [[nodiscard]] int exactness_of(const media_range& range) const {
    if (same_word(range.type, type_)) {
      if (range.version.empty()) return 3;
      return range.version == version_ ? 4 : 0;
    }
    if (range.type == "*/*") return 1;
    const std::string_view main_type = type_.substr(0, type_.find('/') + 1);
    const bool any_subtype = range.type.size() == main_type.size() + 1 && range.type.back() == '*';
    return any_subtype && same_word(range.type.substr(0, main_type.size()), main_type) ? 2 : 0;
  }

  std::string_view type_;
  std::string_view version_;
  std::pair<int, int> said_{0, 0};  // exactness, quality
  int place_ = 0;
};

}  // namespace

format negotiate(std::string_view accept) {
  offer text("text/plain", "0.0.4");
  offer openmetrics("application/openmetrics-text", "1.0.0");
  for (int place = 0; !accept.empty(); --place) {
    const std::optional<media_range> range = parse_range(take_part(accept, ','));
    if (!range) continue;
    text.compare_with(*range, place);
    openmetrics.compare_with(*range, place);
  }
  return openmetrics.rank() > text.rank() ? format::openmetrics : format::text;
}

std::string_view content_type(format wanted) {
  return wanted == format::openmetrics
             ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : text_content_type;
}

}  // namespace asioscope::metrics
