// SPDX-License-Identifier: BSL-1.0
#include "platform/fonts.hpp"

#include <array>
#include <cmath>
#include <filesystem>
#include <string>

#ifdef ASIOSCOPE_VIEWER_FREETYPE
#include <imgui_freetype.h>
#endif

namespace asioscope::viewer {
namespace {

fonts in_use;

// Latin, Greek and Cyrillic, punctuation, and the signs that the views use.
constexpr std::array<ImWchar, 17> glyphs = {0x0020, 0x017F, 0x0391, 0x03C9, 0x0400, 0x045F,
                                            0x2010, 0x203A, 0x20AC, 0x20AC, 0x2190, 0x2193,
                                            0x25A0, 0x25D1, 0x2713, 0x2717, 0};

ImFont* load(const char* file, float pixels) {
  const std::array<std::string, 3> folders = {"/usr/share/fonts/truetype/dejavu/",
                                              "/usr/share/fonts/TTF/",
                                              "/usr/share/fonts/dejavu-sans-fonts/"};
  ImFontConfig config;
  config.OversampleH = 2;
  config.PixelSnapH = true;
  for (const std::string& folder : folders) {
    const std::string path = folder + file;
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) continue;
    if (ImFont* font = ImGui::GetIO().Fonts->AddFontFromFileTTF(path.c_str(), pixels, &config,
                                                                glyphs.data())) {
      return font;
    }
  }
  config.SizePixels = std::floor(pixels * 13 / 15);
  return ImGui::GetIO().Fonts->AddFontDefault(&config);
}

}  // namespace

fonts load_fonts(float scale) {
  ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
  atlas.Clear();
#ifdef ASIOSCOPE_VIEWER_FREETYPE
  // Hinted outlines are clearly sharper at reading sizes than stb_truetype's.
  atlas.FontBuilderIO = ImGuiFreeType::GetBuilderForFreeType();
  atlas.FontBuilderFlags = ImGuiFreeTypeBuilderFlags_LightHinting;
#endif
  const auto pixels = [scale](float size) { return std::floor(size * scale + 0.5F); };
  fonts result;
  result.body = load("DejaVuSans.ttf", pixels(14));
  result.small = load("DejaVuSans.ttf", pixels(12));
  result.bold = load("DejaVuSans-Bold.ttf", pixels(14));
  result.title = load("DejaVuSans-Bold.ttf", pixels(18));
  result.figure = load("DejaVuSans.ttf", pixels(22));
  result.mono = load("DejaVuSansMono.ttf", pixels(13));
  atlas.Build();
  return result;
}

void use_fonts(const fonts& loaded) { in_use = loaded; }
const fonts& type() noexcept { return in_use; }

}  // namespace asioscope::viewer
