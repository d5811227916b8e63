// SPDX-License-Identifier: BSL-1.0
#include "views/keys.hpp"

#include <imgui.h>

#include <algorithm>

namespace asioscope::viewer {

std::optional<command> typed_command() {
  const ImGuiIO& io = ImGui::GetIO();
  for (const key_binding& each : key_bindings) {
    // In a field, Ctrl C copies what is selected there.
    const bool always = (each.control && each.does != command::copy) || each.does == command::back;
    if (io.WantTextInput && !always) continue;
    if (each.code == 0) {
      const auto wanted = static_cast<ImWchar>(static_cast<unsigned char>(each.character));
      if (std::ranges::find(io.InputQueueCharacters, wanted) != io.InputQueueCharacters.end()) {
        return each.does;
      }
      continue;
    }
    // Dear ImGui 1.86 takes the key codes of the platform.
    if (io.KeyCtrl == each.control && ImGui::IsKeyPressed(each.code, false)) return each.does;
  }
  return std::nullopt;
}

}  // namespace asioscope::viewer
