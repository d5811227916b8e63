// SPDX-License-Identifier: BSL-1.0
#include "widgets/minimap.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "widgets/text.hpp"

#include "asioscope/model/units.hpp"

#include <algorithm>
#include <cmath>

namespace asioscope::viewer {
namespace {

constexpr float column_px = 3;

}  // namespace

void minimap::measure(const model::trace_store& trace, std::size_t columns) {
  if (busy_.size() == columns && events_ == trace.events() && begin_ns_ == trace.begin_ns() &&
      end_ns_ == trace.end_ns()) {
    return;
  }
  events_ = trace.events();
  begin_ns_ = trace.begin_ns();
  end_ns_ = trace.end_ns();
  busy_.assign(columns, 0);
  const double column_ns =
      std::max(1.0, static_cast<double>(end_ns_ - begin_ns_) / static_cast<double>(columns));
  for (const auto& [thread, lane] : trace.lanes()) {
    if (!lane.has_runs()) continue;
    const model::slice_track& track = lane.depths[0];
    std::size_t index = track.first_ending_after(begin_ns_);
    for (std::size_t column = 0; column < columns && index < track.size(); ++column) {
      const std::int64_t edge =
          begin_ns_ + static_cast<std::int64_t>(column_ns * (static_cast<double>(column) + 1));
      const std::size_t next = track.first_ending_after(edge, index);
      auto busy = static_cast<double>(track.sum_ns(index, next));
      // The run that goes on beyond it, or came from before.
      const auto cut = [&](const model::slice& run) {
        const std::int64_t left = edge - static_cast<std::int64_t>(column_ns);
        return static_cast<double>(
            std::max<std::int64_t>(0, std::min(run.end_ns(), edge) - std::max(run.begin_ns, left)));
      };
      if (next > index) busy += cut(track[index]) - static_cast<double>(track[index].duration_ns);
      if (next < track.size()) busy += cut(track[next]);
      busy_[column] = std::max(busy_[column], static_cast<float>(std::min(1.0, busy / column_ns)));
      index = next;
    }
  }
}

void minimap::draw(const model::trace_store& trace, time_range& range, ImVec2 size) {
  const ImVec2 low = ImGui::GetCursorScreenPos();
  const ImVec2 high{low.x + size.x, low.y + size.y};
  ImDrawList& list = *ImGui::GetWindowDrawList();
  measure(trace, static_cast<std::size_t>(std::max(1.0F, size.x / column_px)));
  const std::int64_t span = std::max<std::int64_t>(end_ns_ - begin_ns_, 1);
  time_axis axis{low.x, high.x, {begin_ns_, span, false}};
  list.AddRectFilled(low, high, colors::packed(colors::card), 3);
  const float width = size.x / static_cast<float>(busy_.size());
  for (std::size_t column = 0; column < busy_.size(); ++column) {
    if (busy_[column] <= 0) continue;
    const float left = low.x + width * static_cast<float>(column);
    const float top = high.y - (size.y - 2) * busy_[column];
    list.AddRectFilled({left, std::min(top, high.y - 1)}, {left + width, high.y},
                       colors::packed(colors::faded(colors::utilisation, 0.55F)));
  }
  const float left = std::clamp(axis.x(range.begin_ns), low.x, high.x - 2);
  const float right = std::clamp(axis.x(range.end_ns()), left + 2, high.x);
  list.AddRectFilled({left, low.y}, {right, high.y},
                     colors::packed(colors::faded(colors::strong, 0.12F)));
  list.AddRect({left, low.y}, {right, high.y}, colors::packed(colors::quiet));

  ImGui::InvisibleButton("minimap", size);
  if (ImGui::IsItemActive()) {
    range.move(axis.moment(ImGui::GetIO().MousePos.x) - range.begin_ns - range.span_ns / 2);
  }
  explain("All that is kept: the last " + model::duration_text(static_cast<double>(span) / 1e9) +
          ", and how busy the busiest thread was. Click to go there.");
}

}  // namespace asioscope::viewer
