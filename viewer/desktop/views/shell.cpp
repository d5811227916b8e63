// SPDX-License-Identifier: BSL-1.0
#include "views/shell.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "views/help.hpp"
#include "views/keys.hpp"
#include "views/tab_strip.hpp"
#include "views/welcome.hpp"
#include "widgets/text.hpp"

#include "asioscope/model/units.hpp"

#include <imgui.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <string>

namespace asioscope::viewer {
namespace {

using phase = connection_status::phase;

constexpr std::chrono::seconds silence{3};

struct state_text {
  std::string text;
  ImVec4 color;
};

state_text state_of(const scene& now, bool paused) {
  const auto since = [](connection_status::clock::time_point begin) {
    const std::chrono::duration<double> passed = connection_status::clock::now() - begin;
    return model::duration_text(std::max(1.0, std::floor(passed.count())));
  };
  if (paused) return {"paused", colors::warning};
  switch (now.connection.now) {
    case phase::live:
      if (connection_status::clock::now() - now.connection.heard > silence) {
        return {"silent for " + since(now.connection.heard), colors::warning};
      }
      return {"live", colors::good};
    case phase::refused:
      return {"not understood", colors::critical};
    case phase::reading:
      return {"reading", colors::warning};
    case phase::replaying:
      if (now.connection.read_share) {
        return {"reading " + model::percent_text(*now.connection.read_share), colors::warning};
      }
      return {"recording", now.connection.recorded.flaw.empty() ? colors::accent : colors::warning};
    case phase::lost:
      return {"gone for " + since(now.connection.since), colors::serious};
    case phase::searching:
    case phase::connecting:
      break;
  }
  return {now.program == nullptr ? "looking" : "gone, looking", colors::warning};
}

std::string badge_of(panel which, const model::program& program) {
  switch (which) {
    case panel::handlers:
      return model::count_text(program.sites().size());
    case panel::tasks:
      return model::count_text(program.tasks().live());
    case panel::stalls:
      return program.sum().stalls == 0 ? "" : model::count_text(program.sum().stalls);
    case panel::failures: {
      const std::uint64_t exceptions = program.sum().failed + program.sum().tasks_failed;
      return exceptions == 0 ? "" : model::count_text(exceptions);
    }
    case panel::resources:
      return program.resources().live() == 0 ? "" : model::count_text(program.resources().live());
    case panel::overview:
    case panel::timeline:
      break;
  }
  return {};
}

// Those in which each thing has its moment.
bool keeps_to_range(panel which) { return which != panel::overview && which != panel::resources; }

}  // namespace

void shell::back() {
  if (help_ || open_.is_open() || save_.is_open()) {
    help_ = false;
    open_.close();
    save_.close();
    return;
  }
  bool undone = false;
  switch (where_.current) {
    case panel::overview:
      break;
    case panel::timeline:
      undone = timeline_.back();
      break;
    case panel::handlers:
      undone = handlers_.back();
      break;
    case panel::tasks:
      undone = tasks_.back();
      break;
    case panel::stalls:
      undone = stalls_.back();
      break;
    case panel::failures:
      undone = failures_.back();
      break;
    case panel::resources:
      undone = resources_.back();
      break;
  }
  if (undone || (keeps_to_range(where_.current) && where_.range.clear())) return;
  where_.current = panel::overview;
}

void shell::obey(const scene& now, wishes& result) {
  const std::optional<command> typed = typed_command();
  if (!typed) return;
  const bool is_timeline = where_.current == panel::timeline;
  switch (*typed) {
    case command::pause:
      result.toggle_pause = true;
      break;
    case command::overview:
      where_.current = panel::overview;
      break;
    case command::timeline:
      where_.current = panel::timeline;
      break;
    case command::handlers:
      where_.current = panel::handlers;
      break;
    case command::tasks:
      where_.current = panel::tasks;
      break;
    case command::stalls:
      where_.current = panel::stalls;
      break;
    case command::failures:
      where_.current = panel::failures;
      break;
    case command::resources:
      where_.current = panel::resources;
      break;
    case command::filter:
      where_.focus_filter = where_.current != panel::overview;
      break;
    case command::copy:
      where_.copy_table = true;
      break;
    case command::zoom_in:
      if (is_timeline) timeline_.zoom(0.5);
      break;
    case command::zoom_out:
      if (is_timeline) timeline_.zoom(2);
      break;
    case command::earlier:
      if (is_timeline) timeline_.move(-0.25);
      break;
    case command::later:
      if (is_timeline) timeline_.move(0.25);
      break;
    case command::follow:
      if (is_timeline) timeline_.follow();
      break;
    case command::only_range:
      if (is_timeline && timeline_.keep_to_measured(where_)) break;
      where_.range.clear();
      break;
    case command::back:
      back();
      break;
    case command::help:
      help_ = !help_;
      break;
    case command::larger:
      where_.habits.zoom = std::min(where_.habits.zoom * 1.1F, habits::most_zoom);
      break;
    case command::smaller:
      where_.habits.zoom = std::max(where_.habits.zoom / 1.1F, habits::least_zoom);
      break;
    case command::usual_size:
      where_.habits.zoom = 1;
      break;
    case command::theme:
      where_.habits.theme = colors::next(where_.habits.theme);
      break;
    case command::open:
      open_.open(now);
      break;
    case command::save:
      save_.open(now);
      break;
    case command::close_tab:
      result.close_tab = now.tab;
      break;
    case command::next_tab:
      if (now.tabs.size() > 1) result.show_tab = (now.tab + 1) % now.tabs.size();
      break;
    case command::quit:
      result.quit = true;
      break;
  }
}

wishes shell::draw(const scene& now, bool paused) {
  wishes result;
  obey(now, result);
  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize(ImGui::GetIO().DisplaySize);
  ImGui::PushFont(type().body);
  ImGui::Begin("asioscope", nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                   ImGuiWindowFlags_NoBackground |  // it is that of the cleared screen
                   ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoBringToFrontOnFocus);
  if (now.tabs.size() > 1 && draw_tab_strip(now, result)) open_.open(now);
  draw_bar(now, paused, result);
  const float foot = type().small->FontSize + ImGui::GetStyle().ItemSpacing.y;
  if (now.program != nullptr) {
    draw_tabs(now);
    if (now.connection.now == phase::replaying) draw_scrubber(now, result);
    draw_banner(now);
    where_.range.look_at(*now.program);
    if (keeps_to_range(where_.current)) draw_range_chip(*now.program, where_.range);
    ImGui::PushStyleColor(ImGuiCol_ChildBg, colors::faded(colors::ground, 0));
    // Each panel scrolls for itself.
    ImGui::PushID(static_cast<int>(where_.current));
    ImGui::BeginChild("panel", {0, -foot});
    ImGui::PopStyleColor();
    draw_panel(now);
    where_.copy_table = false;  // there was no table
    ImGui::EndChild();
    ImGui::PopID();
    draw_foot(now);
  } else if (auto chosen = draw_welcome(now.connection, now.programs)) {
    result.watch = std::move(chosen);
  }
  result.trace = where_.trace_wanted;
  result.go_on = where_.current == panel::tasks && tasks_.is_searching();
  if (help_) draw_help(help_);
  open_.draw(now, result);
  save_.draw(now, paused, result);
  ImGui::End();
  ImGui::PopFont();
  return result;
}

void shell::draw_bar(const scene& now, bool paused, wishes& result) {
  const float em = ImGui::GetFontSize();
  const std::string name = now.program == nullptr ? "asioscope" : now.program->identity().program;
  const state_text state = state_of(now, paused);

  // The right side first: it keeps its place, the left side takes what is left.
  const char* pause = paused ? "Go on" : "Pause";
  const ImVec2 pad = ImGui::GetStyle().FramePadding;
  const float gap = ImGui::GetStyle().ItemSpacing.x;
  const auto width = [](const std::string& text) { return ImGui::CalcTextSize(text.c_str()).x; };
  const float buttons = width("◐") + width("Pause") + width("?") + pad.x * 6 + gap * 2;
  const float right = ImGui::GetContentRegionMax().x;
  const float state_left = right - buttons - gap * 2 - width("● " + state.text);
  const ImVec2 origin = ImGui::GetCursorPos();

  ImGui::AlignTextToFramePadding();
  ImGui::PushFont(type().title);
  print(fitted(name, state_left - origin.x - em), colors::strong);
  ImGui::PopFont();
  explain("Click to watch another program.");
  if (ImGui::IsItemClicked()) ImGui::OpenPopup("programs");
  ImGui::SameLine(0, em * 0.4F);
  print("▾", colors::quiet);
  if (ImGui::IsItemClicked()) ImGui::OpenPopup("programs");
  if (ImGui::BeginPopup("programs")) {
    print("Programs on this machine", colors::quiet, type().small);
    if (auto chosen = draw_programs(now.programs, now.connection.address)) {
      result.watch = std::move(chosen);
    }
    if (ImGui::Selectable("Something else…  Ctrl O")) open_.open(now);
    ImGui::EndPopup();
  }
  if (now.program != nullptr) {
    const schema::hello& identity = now.program->identity();
    std::string facts = "pid " + std::to_string(identity.pid);
    if (!identity.host.empty()) facts += "  ·  " + identity.host;
    facts += "  ·  up " + model::duration_text(std::floor(now.program->uptime_seconds()));
    ImGui::SameLine(0, em);
    const float room = state_left - ImGui::GetCursorPosX() - em;
    if (room > em * 4) {
      print(fitted(facts, room), colors::quiet);
      explain(facts + "\n" + identity.build + "\nclock: " + identity.clock + "\n" +
              now.connection.address);
    }
  }
  ImGui::SetCursorPos({state_left, origin.y});
  ImGui::AlignTextToFramePadding();
  print("● " + state.text, state.color);
  explain(now.connection.reason.empty() ? now.connection.address : now.connection.reason);
  ImGui::SetCursorPos({right - buttons, origin.y});
  if (ImGui::Button("◐")) where_.habits.theme = colors::next(where_.habits.theme);
  explain("Theme: " + std::string(colors::entry_of(where_.habits.theme).title) +
          ". Click for the next, " + colors::entry_of(colors::next(where_.habits.theme)).title +
          ".");
  ImGui::SameLine();
  if (ImGui::Button(pause, {width("Pause") + pad.x * 2, 0})) result.toggle_pause = true;
  explain("Space. The picture stands still, the program goes on.");
  ImGui::SameLine();
  if (ImGui::Button("?")) help_ = !help_;
  explain("Keys and mouse");
}

void shell::draw_tabs(const scene& now) {
  const float em = ImGui::GetFontSize();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  for (const panel_entry& each : panels) {
    const bool is_current = where_.current == each.which;
    const std::string badge = badge_of(each.which, *now.program);
    const ImFont* font = is_current ? type().bold : type().body;
    const float title = font->CalcTextSizeA(font->FontSize, FLT_MAX, 0, each.title).x;
    const ImFont* small = type().small;
    const float badge_width =
        badge.empty()
            ? 0
            : small->CalcTextSizeA(small->FontSize, FLT_MAX, 0, badge.c_str()).x + em * 0.6F;
    const ImVec2 size{title + badge_width + em * 1.4F, em * 2.1F};
    const ImVec2 at = ImGui::GetCursorScreenPos();
    if (ImGui::InvisibleButton(each.name, size)) where_.current = each.which;
    const bool is_hovered = ImGui::IsItemHovered();
    const ImVec4 color = is_current ? colors::strong : is_hovered ? colors::text : colors::quiet;
    const float y = at.y + (size.y - font->FontSize) / 2;
    list.AddText(font, font->FontSize, {at.x + em * 0.7F, y}, colors::packed(color), each.title);
    if (!badge.empty()) {
      const float x = at.x + em * 1.3F + title;
      list.AddText(small, small->FontSize, {x, y + (font->FontSize - small->FontSize) * 0.7F},
                   colors::packed(colors::faint), badge.c_str());
    }
    if (is_current) {
      list.AddRectFilled({at.x, at.y + size.y - em * 0.16F}, {at.x + size.x, at.y + size.y},
                         colors::packed(colors::accent), em * 0.08F);
    }
    ImGui::SameLine(0, em * 0.3F);
  }
  ImGui::NewLine();
}

// The stall that has been going on for longest, wherever one is.
void shell::draw_banner(const scene& now) {
  const schema::report* longest = nullptr;
  for (const auto& [id, report] : now.program->reports().by_id()) {
    const bool goes_on = report.ongoing && report.kind == schema::report_kind::stall;
    if (goes_on && (longest == nullptr || report.time_ns < longest->time_ns)) longest = &report;
  }
  banner_ = longest == nullptr ? 0 : longest->id;
  if (longest == nullptr || where_.current == panel::stalls) return;
  const double so_far =
      static_cast<double>(now.program->time().monotonic_ns - longest->time_ns) / 1e9;
  std::string text =
      "Loop " + now.program->loop_name(longest->loop) + " has been blocked for " +
      model::duration_text(std::max(so_far, 0.0)) + " by " +
      (longest->culprit.empty() ? now.program->site_name(longest->site) : longest->culprit);
  if (!longest->cause.empty()) text += ", " + longest->cause;
  const float em = ImGui::GetFontSize();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const ImVec2 size{ImGui::GetContentRegionAvail().x, em * 1.9F};
  if (ImGui::InvisibleButton("banner", size)) where_.show_report(longest->id);
  explain(
      "A thread that runs this loop is in one handler for that long, now. Click for its stack.");
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled(at, {at.x + size.x, at.y + size.y},
                     colors::packed(colors::faded(colors::critical, 0.3F)), em * 0.3F);
  const std::string shown = fitted("■  " + text, size.x - em * 2);
  list.AddText({at.x + em, at.y + (size.y - em) / 2}, colors::packed(colors::strong),
               shown.c_str());
}

// Moves everything back in time.
void shell::draw_scrubber(const scene& now, wishes& result) {
  const recording_extent& all = now.connection.recorded;
  const double length = static_cast<double>(all.end_ns - all.begin_ns) / 1e9;
  auto shown = static_cast<float>(
      static_cast<double>(now.program->time().monotonic_ns - all.begin_ns) / 1e9);
  // What is asked for is shown a little later: meanwhile the handle stays where it was put.
  if (scrubbed_) shown = *scrubbed_;
  ImGui::AlignTextToFramePadding();
  print("Recording", colors::quiet);
  ImGui::SameLine();
  ImGui::SetNextItemWidth(ImGui::GetContentRegionAvail().x);
  const std::string format = "%.2f s of " + model::duration_text(length);
  if (ImGui::SliderFloat("##scrubber", &shown, 0, static_cast<float>(length), format.c_str(),
                         ImGuiSliderFlags_AlwaysClamp)) {
    const bool is_end = shown >= static_cast<float>(length);
    scrubbed_ = shown;
    result.show_until =
        is_end ? std::numeric_limits<std::int64_t>::max()
               : all.begin_ns + static_cast<std::int64_t>(static_cast<double>(shown) * 1e9);
  } else if (!ImGui::IsItemActive()) {
    scrubbed_.reset();
  }
  explain("Shows everything as it was then.");
}

void shell::draw_panel(const scene& now) {
  switch (where_.current) {
    case panel::overview:
      overview_.draw(*now.program, where_);
      break;
    case panel::timeline:
      timeline_.draw(*now.program, where_);
      break;
    case panel::handlers:
      handlers_.draw(*now.program, where_);
      break;
    case panel::tasks:
      tasks_.draw(*now.program, now.revision, where_);
      break;
    case panel::stalls:
      stalls_.draw(*now.program, where_);
      break;
    case panel::failures:
      failures_.draw(*now.program, where_);
      break;
    case panel::resources:
      resources_.draw(*now.program, where_);
      break;
  }
}

void shell::draw_foot(const scene& now) {
  const model::program& program = *now.program;
  const schema::telemetry& self = program.self();
  std::string text = program.identity().build;
  text += "  ·  recorder " + model::bytes_text(self.memory_bytes);
  text += "  ·  received " + model::bytes_text(now.connection.bytes);
  text += "  ·  " + model::count_text(self.events) + " events, " +
          model::count_text(self.events_lost) + " lost";
  if (const std::uint64_t missed = program.sum().events_in_gaps; missed != 0) {
    text += "  ·  " + model::count_text(missed) + " missed in gaps";
  }
  ImGui::PushFont(type().small);
  print(fitted(text, ImGui::GetContentRegionAvail().x), colors::faint);
  ImGui::PopFont();
  explain(
      "What the instrument says about itself: memory that its recorder holds in the program, bytes "
      "that "
      "this viewer received, events written and lost.");
}

}  // namespace asioscope::viewer
