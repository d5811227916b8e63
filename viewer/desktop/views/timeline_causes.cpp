// SPDX-License-Identifier: BSL-1.0
#include "views/timeline_causes.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "views/timeline_words.hpp"
#include "widgets/slice_row.hpp"
#include "widgets/small_button.hpp"
#include "widgets/text.hpp"

#include "asioscope/model/units.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace asioscope::viewer {
namespace {

// What is given to a loop is posted; a timer or a read is started.
const char* created_word(const model::program& program, const model::slice& run) {
  constexpr std::array<std::string_view, 4> posts = {"post", "dispatch", "defer", "execute"};
  return std::ranges::find(posts, program.site_operation(run.site)) != posts.end() ? "posted"
                                                                                   : "started";
}

std::string before_text(const model::slice& run, std::int64_t created_ns) {
  return span_text(run.begin_ns - created_ns) + " before it began";
}

bool link(const model::program& program, const model::found_run& to, const std::string& moment) {
  const std::string name = program.site_name(to.what.site);
  std::string label = name_in(name, ImGui::GetFontSize() * 14);
  if (label.empty()) label = "?";
  const bool clicked = small_button(label.c_str());
  explain(name + " on " + program.thread_name(to.thread) + ", ran for " +
          model::duration_text_ns(to.what.duration_ns) + moment + "\nClick to go there.");
  return clicked;
}

std::optional<model::found_run> draw_cause(const model::program& program, const causality& known) {
  const model::slice& run = known.of()->what;
  if (run.operation == 0) return std::nullopt;
  const std::string word = created_word(program, run);
  if (!known.cause()) {
    print("Who " + word + " it is not in the trace.", colors::quiet);
    explain(
        "It was created before the trace began, or events were lost or forgotten between that and "
        "its begin.");
    return std::nullopt;
  }
  const model::cause& cause = *known.cause();
  const std::string title = word == "posted" ? "Posted" : "Started";
  const std::string before = before_text(run, cause.created_ns);
  if (!cause.run) {
    print(title + " on " + program.thread_name(cause.thread) + ", " + before +
              ", by no handler that is in the trace.",
          colors::text);
    return std::nullopt;
  }
  ImGui::AlignTextToFramePadding();
  print(title + " by", colors::text);
  ImGui::SameLine();
  const model::found_run creator{cause.thread, *cause.run};
  const bool clicked = link(program, creator, "");
  ImGui::SameLine();
  print("on " + program.thread_name(cause.thread) + ", " + before, colors::text);
  return clicked ? std::optional(creator) : std::nullopt;
}

std::optional<model::found_run> draw_effects(const model::program& program,
                                             const causality& known) {
  const model::effects& effects = known.effects();
  if (effects.count == 0) return std::nullopt;
  std::optional<model::found_run> clicked;
  ImGui::AlignTextToFramePadding();
  print((effects.is_part ? "Started at least " : "Started ") +
            model::plural(effects.count, "operation", "operations") + ":",
        colors::text);
  explain("Handlers that it posted, reads, writes and waits that it began.");
  // As many as fit.
  const float right =
      ImGui::GetWindowPos().x + ImGui::GetContentRegionMax().x - ImGui::GetFontSize() * 24;
  std::size_t shown = 0;
  std::size_t not_known = 0;
  for (const model::effect& each : effects.first) {
    if (!each.run) {
      ++not_known;
      continue;
    }
    if (ImGui::GetItemRectMax().x > right) break;
    ImGui::SameLine();
    ImGui::PushID(static_cast<int>(shown++));
    const std::string moment =
        ", began " + span_text(each.run->what.begin_ns - each.created_ns) + " after that";
    if (link(program, *each.run, moment)) clicked = each.run;
    ImGui::PopID();
  }
  const std::size_t more = effects.count - shown - not_known;
  std::string rest;
  if (more != 0) rest = "and " + model::count_text(more) + " more";
  if (not_known != 0) {
    rest += (rest.empty() ? "" : "; ") + model::count_text(not_known) +
            (not_known == 1 ? " has" : " have") + " not run in the trace";
  }
  if (rest.empty()) return clicked;
  ImGui::SameLine();
  print(rest, colors::quiet);
  return clicked;
}

}  // namespace

std::string cause_text(const model::program& program, const causality& known) {
  if (!known.cause() || !known.cause()->run) return {};
  const model::slice& run = known.of()->what;
  return std::string(created_word(program, run)) + " by " +
         program.site_name(known.cause()->run->site) + " " +
         before_text(run, known.cause()->created_ns);
}

std::optional<model::found_run> draw_causes(const model::program& program, const causality& known) {
  ImGui::PushID("causes");
  auto clicked = draw_cause(program, known);
  if (const auto effect = draw_effects(program, known)) clicked = effect;
  ImGui::PopID();
  return clicked;
}

}  // namespace asioscope::viewer
