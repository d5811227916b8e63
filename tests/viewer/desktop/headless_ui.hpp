// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "platform/colors.hpp"
#include "platform/fonts.hpp"

#include <imgui.h>
#include <imgui_internal.h>

#include <functional>
#include <string>
#include <string_view>

namespace asioscope::test {

/// Dear ImGui without a window: draws into lists that nobody shows, takes the input that a test
/// makes up.
class headless_ui {
 public:
  headless_ui(float width, float height, float scale = 1) {
    ImGui::CreateContext();
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.DisplaySize = {width, height};
    io.DeltaTime = 1.0F / 60;
    io.MouseDoubleClickTime = 0;  // two clicks of a test are two clicks
    io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
    io.KeyMap[ImGuiKey_Escape] = 256;  // as the GLFW back-end does
    viewer::use_fonts(viewer::load_fonts(scale));
    viewer::colors::apply_theme(scale);
  }
  ~headless_ui() { ImGui::DestroyContext(); }
  headless_ui(const headless_ui&) = delete;
  headless_ui& operator=(const headless_ui&) = delete;

  /// Draws `content`, again until it has settled.
  void show(const std::function<void()>& content, int pictures = 3) {
    for (int picture = 0; picture < pictures; ++picture)
      draw(content);
  }

  void click(ImVec2 at, const std::function<void()>& content) {
    ImGuiIO& io = ImGui::GetIO();
    io.MousePos = at;
    draw(content);
    io.MouseDown[0] = true;
    draw(content);
    io.MouseDown[0] = false;
    show(content);
    io.MousePos = {-1, -1};
    show(content);
  }

  void type(std::string_view text, const std::function<void()>& content) {
    for (const char letter : text) {
      ImGui::GetIO().AddInputCharacter(static_cast<unsigned char>(letter));
      draw(content);
    }
    show(content);
  }

  void press(int key, bool control, const std::function<void()>& content) {
    ImGuiIO& io = ImGui::GetIO();
    io.KeyCtrl = control;
    io.KeysDown[key] = true;
    draw(content);
    io.KeysDown[key] = false;
    io.KeyCtrl = false;
    show(content);
  }

  void draw(const std::function<void()>& content) {
    ImGui::NewFrame();
    content();
    ImGui::Render();
  }

  /// All text of the next picture, in the order in which it is drawn; of lists, what is in view.
  std::string read(const std::function<void()>& content) {
    // What is logged goes there when the window ends.
    ImGui::SetClipboardText("");
    ImGui::NewFrame();
    ImGui::LogToClipboard();
    content();
    ImGui::Render();
    return ImGui::GetClipboardText();
  }

  /// The table that is on the screen.
  static ImGuiTable* table() {
    ImGuiContext& context = *ImGui::GetCurrentContext();
    for (int index = 0; index < context.Tables.GetMapSize(); ++index) {
      ImGuiTable* each = context.Tables.TryGetMapData(index);
      if (each != nullptr && each->LastFrameActive == context.FrameCount) return each;
    }
    return nullptr;
  }
  static ImVec2 heading(int column) {
    const ImGuiTable& on_screen = *table();
    const ImGuiTableColumn& found = on_screen.Columns[column];
    return {(found.WorkMinX + found.WorkMaxX) / 2, on_screen.OuterRect.Min.y + 8};
  }
  static ImVec2 row(int place) {
    const ImGuiTable& on_screen = *table();
    const float height = ImGui::GetFontSize() + ImGui::GetStyle().CellPadding.y * 2;
    const float head = on_screen.LastFirstRowHeight;
    return {on_screen.Columns[1].WorkMinX + 4,
            on_screen.OuterRect.Min.y + head + height * (static_cast<float>(place) + 0.5F)};
  }
};

}  // namespace asioscope::test
