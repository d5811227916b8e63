// SPDX-License-Identifier: BSL-1.0
#include "views/open_dialog.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "views/welcome.hpp"
#include "widgets/dialog.hpp"
#include "widgets/text.hpp"

#include "asioscope/model/units.hpp"

#include <imgui.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <tuple>

namespace asioscope::viewer {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_entries = 2'000;

}  // namespace

folder_listing list_folder(const std::string& path) {
  folder_listing result;
  std::error_code error;
  for (fs::directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
    std::error_code ignored;
    const std::string name = at->path().filename().string();
    const bool is_folder = at->is_directory(ignored);
    if (name.starts_with('.') || (!is_folder && !name.ends_with(".asioscope"))) continue;
    std::uintmax_t bytes = is_folder ? 0 : at->file_size(ignored);
    if (ignored) bytes = 0;
    result.entries.push_back({name, is_folder, bytes});
    if (result.entries.size() == most_entries) break;
  }
  if (error) result.error = "cannot look into " + path + ": " + error.message();
  std::ranges::sort(result.entries, {}, [](const folder_entry& each) {
    return std::tuple(!each.is_folder, each.name);
  });
  return result;
}

void open_dialog::open(const scene& now) {
  is_open_ = true;
  is_fresh_ = true;
  in_new_tab_ = now.program != nullptr;
  typed_.fill('\0');
  std::error_code ignored;
  enter(folder_.empty() ? fs::current_path(ignored).string() : folder_);
}

void open_dialog::enter(const std::string& folder) {
  folder_ = folder;
  listing_ = list_folder(folder);
}

void open_dialog::choose(const target& wanted, wishes& result) {
  result.watch = wanted;
  result.in_new_tab = in_new_tab_;
  is_open_ = false;
}

void open_dialog::draw(const scene& now, wishes& result) {
  if (!is_open_ || !begin_dialog("Watch", is_open_)) return;
  if (is_fresh_) ImGui::SetKeyboardFocusHere();
  is_fresh_ = false;
  ImGui::SetNextItemWidth(-1);
  const bool entered =
      ImGui::InputTextWithHint("##what", "Program, process id, socket, HOST:PORT or FILE.asioscope",
                               typed_.data(), typed_.size(), ImGuiInputTextFlags_EnterReturnsTrue);
  explain("Enter begins to watch it.");
  const std::string typed = typed_.data();
  if (entered && !typed.empty()) {
    std::error_code ignored;
    if (fs::is_directory(typed, ignored)) {
      enter(typed);
    } else {
      choose(parse_target(typed), result);
    }
  }
  ImGui::Checkbox("In a tab of its own", &in_new_tab_);
  if (!now.programs.empty()) {
    print("Programs on this machine", colors::strong, type().bold);
    if (const auto chosen = draw_programs(now.programs, now.connection.address))
      choose(*chosen, result);
  }
  if (!now.history.empty()) {
    print("Watched before", colors::strong, type().bold);
    for (const std::string& each : now.history)
      if (ImGui::Selectable(each.c_str())) choose(parse_target(each), result);
  }
  draw_folder(result);
  if (ImGui::Button("Cancel")) is_open_ = false;
  end_dialog(is_open_);
}

void open_dialog::draw_folder(wishes& result) {
  print("Recordings", colors::strong, type().bold);
  ImGui::SameLine();
  print(fitted(folder_, ImGui::GetContentRegionAvail().x), colors::quiet);
  explain(folder_);
  ImGui::BeginChild("folder", {0, ImGui::GetTextLineHeightWithSpacing() * 8}, true);
  std::string entered;
  const fs::path here = folder_;
  if (here.has_relative_path() && ImGui::Selectable("‹ ..")) entered = here.parent_path().string();
  for (const folder_entry& each : listing_.entries) {
    const std::string path = (here / each.name).string();
    if (each.is_folder) {
      if (ImGui::Selectable((each.name + "/").c_str())) entered = path;
    } else {
      const std::string label = each.name + "  ·  " + model::bytes_text(each.bytes);
      if (ImGui::Selectable(label.c_str())) choose({target::kind::recording, path, {}}, result);
    }
  }
  if (!listing_.error.empty()) {
    print(listing_.error, colors::warning);
  } else if (std::ranges::all_of(listing_.entries, &folder_entry::is_folder)) {
    print("No recording here. Ctrl S saves one of what is watched.", colors::quiet);
  }
  ImGui::EndChild();
  if (!entered.empty()) enter(entered);
}

}  // namespace asioscope::viewer
