// SPDX-License-Identifier: BSL-1.0
#include "views/stall_waiters.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "widgets/text.hpp"
#include "widgets/time_range.hpp"

#include "asioscope/model/units.hpp"

#include <imgui.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>

namespace asioscope::viewer {
namespace {

constexpr std::size_t most_lines = 8;
// Those that waited for the end of it run soon after.
constexpr std::int64_t patience_ns = 2'000'000'000;

std::int64_t end_of(const schema::report& stall) {
  return sane(stall.time_ns) + sane(static_cast<std::int64_t>(stall.duration_ns));
}

// The most that were pending on the loop in the samples of that time.
std::optional<std::uint64_t> most_pending(const model::program& program,
                                          const schema::report& stall) {
  const auto loop = program.loops().find(stall.loop);
  if (loop == program.loops().end()) return std::nullopt;
  if (stall.ongoing) return loop->second.statistics().pending;
  std::optional<std::uint64_t> most;
  const auto& samples = loop->second.samples();
  for (std::size_t index = 0; index < samples.size(); ++index) {
    const model::loop_sample& each = samples[index];
    // What is pending is known of its end only.
    if (each.at_ns >= stall.time_ns && each.at_ns <= end_of(stall))
      most = std::max(most.value_or(0), each.pending);
  }
  return most;
}

std::string without_trace(const model::program& program, const schema::report& stall) {
  std::string text;
  if (const auto pending = most_pending(program, stall)) {
    const std::string loop = " on loop " + program.loop_name(stall.loop);
    text = stall.ongoing
               ? model::plural(*pending, "handler waits", "handlers wait") + loop + " now. "
               : "Up to " + model::plural(*pending, "handler", "handlers") + " waited meanwhile" +
                     loop + ". ";
  }
  if (stall.ongoing && program.trace().events() != 0)
    return text + "Who they are is known when they have run.";
  return text + (program.trace().events() == 0
                     ? "Once the timeline has been opened, the trace tells who waits."
                     : "The trace does not hold that time: who waited is not known.");
}

}  // namespace

void stall_waiters::look(const model::trace_store& trace, const schema::report& stall) {
  const bool is_same = report_ == stall.id && duration_ns_ == stall.duration_ns;
  const bool may_be_more =
      trace.end_ns() != trace_end_ns_ && trace_end_ns_ < end_of(stall) + patience_ns;
  if (is_same && !may_be_more) return;
  report_ = stall.id;
  duration_ns_ = stall.duration_ns;
  trace_end_ns_ = trace.end_ns();
  found_ = model::waiters_of(trace, stall.thread, stall.loop, sane(stall.time_ns), end_of(stall));
}

void stall_waiters::draw(const model::program& program, const schema::report& stall,
                         navigation& where) {
  ImGui::PushTextWrapPos(0);
  look(program.trace(), stall);
  if (stall.ongoing || (found_.runs == 0 && !found_.is_whole)) {
    print(without_trace(program, stall), colors::quiet);
  } else if (found_.runs == 0) {
    print("While it lasted, nothing that was queued for this thread or loop waited.",
          colors::quiet);
  } else {
    std::string text = "While it lasted, ";
    if (!found_.is_whole) text += "at least ";
    text += model::plural(found_.runs, "handler", "handlers") +
            " waited on this thread or loop, together " +
            model::duration_text_ns(found_.waited_ns) + ":";
    print(text, colors::text);
    if (!found_.is_whole) explain("Not all of that time is in the trace.");
  }
  if (!stall.ongoing && found_.returned_after != 0) {
    print("When the reactor was asked again, " +
              model::duration_text(static_cast<double>(found_.asked_after_ns) / 1e9) +
              " after it, it returned " +
              model::plural(found_.returned_after, "operation", "operations") +
              " begun before: since when they were ready is not known.",
          colors::text);
    explain(
        "Reads, writes and the like: what the kernel had for them while it lasted waited until a "
        "thread asked.");
  }
  ImGui::PopTextWrapPos();
  if (!stall.ongoing && found_.runs != 0) draw_list(program, where);
}

void stall_waiters::draw_list(const model::program& program, navigation& where) {
  const float em = ImGui::GetFontSize();
  if (!ImGui::BeginTable("waiters", 3, ImGuiTableFlags_NoBordersInBody)) return;
  ImGui::TableSetupColumn("handler", ImGuiTableColumnFlags_WidthStretch);
  ImGui::TableSetupColumn("runs", ImGuiTableColumnFlags_WidthFixed, em * 5);
  ImGui::TableSetupColumn("waited", ImGuiTableColumnFlags_WidthFixed, em * 7);
  const std::size_t shown = std::min(found_.shares.size(), most_lines);
  for (std::size_t index = 0; index < shown; ++index) {
    const model::waiting_share& share = found_.shares[index];
    const std::string name = program.site_name(share.site);
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    ImGui::PushID(static_cast<int>(index));
    if (ImGui::Selectable(fitted_name(name, ImGui::GetContentRegionAvail().x).c_str(), false,
                          ImGuiSelectableFlags_SpanAllColumns)) {
      where.show_run(share.longest);
    }
    explain(name + " on loop " + program.loop_name(share.loop) + "; longest wait " +
            model::duration_text_ns(share.longest.what.delay_ns) +
            "\nClick to see the one that waited longest in the timeline.");
    ImGui::PopID();
    ImGui::TableNextColumn();
    cell_number(model::count_text(share.runs), colors::quiet);
    ImGui::TableNextColumn();
    cell_number(model::duration_text_ns(share.waited_ns));
  }
  ImGui::EndTable();
  if (shown < found_.shares.size()) {
    print("and " + model::plural(found_.shares.size() - shown, "other handler", "other handlers"),
          colors::quiet, type().small);
  }
}

}  // namespace asioscope::viewer
