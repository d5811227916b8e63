// SPDX-License-Identifier: BSL-1.0
#include "views/welcome.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "widgets/text.hpp"

#include "asioscope/model/units.hpp"

#include <imgui.h>

#include <algorithm>
#include <string>

namespace asioscope::viewer {
namespace {

using phase = connection_status::phase;

std::string headline_of(const connection_status& connection) {
  const std::string wanted = describe(connection.wanted);
  switch (connection.now) {
    case phase::searching:
      return connection.wanted.how == target::kind::newest ? "No program found"
                                                           : "There is no " + wanted;
    case phase::refused:
      return "Cannot understand " + wanted;
    case phase::reading:
      return "Reading " + wanted + "… " + model::percent_text(connection.read_share.value_or(0));
    case phase::connecting:
    case phase::live:
    case phase::replaying:
    case phase::lost:
      break;
  }
  return connection.reason.empty() ? "Connecting to " + wanted + "…" : "Cannot reach " + wanted;
}

void draw_advice(const char* what, const char* how) {
  print(what, colors::quiet);
  ImGui::PushFont(type().mono);
  const ImVec2 begin = ImGui::GetCursorScreenPos();
  const ImVec2 pad = ImGui::GetStyle().FramePadding;
  const float width = ImGui::GetContentRegionAvail().x;
  const ImVec2 end{begin.x + width, begin.y + ImGui::GetFontSize() + pad.y * 2};
  ImGui::GetWindowDrawList()->AddRectFilled(begin, end, colors::packed(colors::raised),
                                            ImGui::GetStyle().FrameRounding);
  ImGui::SetCursorScreenPos({begin.x + pad.x, begin.y + pad.y});
  print(fitted(how, width - pad.x * 2), colors::text);
  ImGui::SetCursorScreenPos({begin.x, end.y + ImGui::GetStyle().ItemSpacing.y});
  ImGui::PopFont();
}

}  // namespace

std::optional<target> draw_programs(const std::vector<local_program>& programs,
                                    const std::string& current) {
  std::optional<target> chosen;
  for (const local_program& each : programs) {
    const std::string label = each.name + "  ·  pid " + std::to_string(each.pid);
    if (ImGui::Selectable(label.c_str(), each.socket == current)) {
      chosen = target{target::kind::program, std::to_string(each.pid), {}};
    }
    explain(each.socket);
  }
  return chosen;
}

std::optional<target> draw_welcome(const connection_status& connection,
                                   const std::vector<local_program>& programs) {
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const float width = std::min(ImGui::GetFontSize() * 44, room.x);
  ImGui::SetCursorPos(
      {ImGui::GetCursorPosX() + (room.x - width) / 2, ImGui::GetCursorPosY() + room.y * 0.14F});
  ImGui::PushStyleColor(ImGuiCol_ChildBg, colors::faded(colors::card, 0));
  ImGui::BeginChild("welcome", {width, room.y * 0.86F});
  ImGui::PopStyleColor();
  ImGui::PushTextWrapPos(0);
  print(headline_of(connection), colors::strong, type().figure);
  if (!connection.reason.empty() && connection.now != phase::searching) {
    print(connection.reason, colors::warning);
  }
  print(connection.now == phase::reading ? "Ctrl O watches something else instead."
                                         : "This window goes on looking and connects by itself.",
        colors::quiet);
  ImGui::PopTextWrapPos();
  ImGui::Dummy({1, ImGui::GetFontSize() * 0.8F});
  std::optional<target> chosen;
  if (!programs.empty()) {
    print("Programs on this machine", colors::strong, type().bold);
    chosen = draw_programs(programs, {});
    ImGui::Dummy({1, ImGui::GetFontSize() * 0.8F});
  }
  print("Start one with asioscope in it", colors::strong, type().bold);
  draw_advice("The demo, from the folder of the project", "./run demo");
  draw_advice("A program of yours, with nothing changed in its code",
              "target_link_libraries(program asioscope::autostart)");
  draw_advice("A program on another machine that listens on TCP",
              "ssh -L 9465:localhost:9465 HOST, then asioscope-viewer localhost:9465");
  ImGui::EndChild();
  return chosen;
}

}  // namespace asioscope::viewer
