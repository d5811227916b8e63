// SPDX-License-Identifier: BSL-1.0
#include "views/save_dialog.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "widgets/dialog.hpp"
#include "widgets/text.hpp"

#include "asioscope/model/units.hpp"

#include <imgui.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <system_error>

namespace asioscope::viewer {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

struct choice {
  int seconds;  // 0: all
  const char* text;
};
constexpr std::array<choice, 4> choices = {
    {{0, "All of it"}, {60, "1 min"}, {30, "30 s"}, {10, "10 s"}}};

}  // namespace

std::string usual_recording_path(const std::string& program, std::int64_t realtime_ns) {
  std::string name = program.empty() ? "program" : program;
  std::ranges::replace(name, '/', '_');
  const std::time_t seconds = realtime_ns / second_ns;
  std::tm calendar{};
  ::localtime_r(&seconds, &calendar);
  std::array<char, 32> moment{};
  std::strftime(moment.data(), moment.size(), "-%Y%m%d-%H%M%S", &calendar);
  std::error_code ignored;
  return (std::filesystem::current_path(ignored) / (name + moment.data() + ".asioscope")).string();
}

void save_dialog::open(const scene& now) {
  if (now.program == nullptr) return;
  is_open_ = true;
  has_asked_ = false;
  seconds_ = 0;
  path_.fill('\0');
  usual_recording_path(now.program->identity().program, now.program->time().realtime_ns)
      .copy(path_.data(), path_.size() - 1);
}

void save_dialog::draw(const scene& now, bool paused, wishes& result) {
  if (!is_open_) return;
  if (now.program == nullptr || !begin_dialog("Save a recording", is_open_)) {
    is_open_ = is_open_ && now.program != nullptr;
    return;
  }
  if (has_asked_ && now.saving.now != saving::phase::failed) {
    draw_outcome(now, result);
  } else {
    draw_question(now, paused, result);
  }
  end_dialog(is_open_);
}

void save_dialog::draw_question(const scene& now, bool paused, wishes& result) {
  if (now.connection.now == connection_status::phase::replaying) {
    ImGui::TextWrapped("This is a recording already: %s", now.connection.address.c_str());
    if (ImGui::Button("Close")) is_open_ = false;
    return;
  }
  if (!now.connection.kept) {
    ImGui::TextWrapped("There is nothing to save yet: the program has not said everything.");
    if (ImGui::Button("Close")) is_open_ = false;
    return;
  }
  const recent_stream::extent& kept = *now.connection.kept;
  const std::int64_t end = paused ? now.program->time().monotonic_ns : kept.end_ns;
  const double length = static_cast<double>(std::max<std::int64_t>(end - kept.begin_ns, 0)) / 1e9;
  const std::string facts =
      (paused ? "Up to the moment that is shown, " : "") + model::duration_text(length) +
      (paused ? " are kept" : " are kept, " + model::bytes_text(kept.bytes)) +
      ". The viewer keeps the last 5 minutes of what the program says, 64 MiB at most; with the "
      "trace if the timeline was open.";
  ImGui::PushTextWrapPos(0);
  print(facts, colors::text);
  ImGui::PopTextWrapPos();
  print("How much", colors::quiet, type().small);
  for (const choice& each : choices) {
    if (each.seconds != 0 && each.seconds >= length) continue;
    if (ImGui::RadioButton(each.text, seconds_ == each.seconds)) seconds_ = each.seconds;
    ImGui::SameLine();
  }
  ImGui::NewLine();
  print("Into", colors::quiet, type().small);
  ImGui::SetNextItemWidth(-1);
  const bool entered =
      ImGui::InputText("##path", path_.data(), path_.size(), ImGuiInputTextFlags_EnterReturnsTrue);
  if (has_asked_) {
    ImGui::PushTextWrapPos(0);
    print(now.saving.error, colors::critical);
    ImGui::PopTextWrapPos();
  }
  if (ImGui::Button("Save") || entered) {
    const std::int64_t begin = seconds_ == 0 ? kept.begin_ns : end - seconds_ * second_ns;
    result.save = {path_.data(), begin, end};
    has_asked_ = true;
  }
  ImGui::SameLine();
  if (ImGui::Button("Cancel")) is_open_ = false;
}

void save_dialog::draw_outcome(const scene& now, wishes& result) {
  const bool is_done = now.saving.now == saving::phase::done;
  ImGui::PushTextWrapPos(0);
  print((is_done ? "Written: " : "Writing ") + now.saving.path, colors::text);
  ImGui::PopTextWrapPos();
  if (is_done) {
    if (ImGui::Button("Open it")) {
      result.watch = target{target::kind::recording, now.saving.path, {}};
      result.in_new_tab = true;
      is_open_ = false;
    }
    explain(
        "In a tab of its own. Later: asioscope-viewer and the name of the file, Ctrl O, or drop "
        "it on the window.");
    ImGui::SameLine();
  }
  if (ImGui::Button("Close")) is_open_ = false;
}

}  // namespace asioscope::viewer
