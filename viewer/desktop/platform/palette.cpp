// SPDX-License-Identifier: BSL-1.0
#include "platform/palette.hpp"

#include <algorithm>
#include <cmath>

namespace asioscope::viewer::colors {
namespace {

constexpr palette dark = {
    .ground = rgb(0x0E1217),
    .card = rgb(0x151B23),
    .raised = rgb(0x1D2530),
    .hovered = rgb(0x273242),
    .chosen = rgb(0x1F4468),
    .line = rgb(0x2A3442),
    .grid = rgb(0x222B37),
    .text = rgb(0xDCE3EC),
    .strong = rgb(0xFFFFFF),
    .quiet = rgb(0x93A1B3),
    .faint = rgb(0x64717F),
    .accent = rgb(0x4AA3FF),
    .good = rgb(0x3FC38A),
    .warning = rgb(0xF2B84B),
    .serious = rgb(0xFF8A4C),
    .critical = rgb(0xFF5D66),
    .utilisation = rgb(0x4AA3FF),
    .lag = rgb(0xF2B84B),
    .throughput = rgb(0x3FC38A),
    .queue = rgb(0xB58CFF),
    .scope = rgb(0x5B6B7E),
    .stripe = rgb(0xFFFFFF, 0.022F),
    .veil = rgb(0x05070A, 0.6F),
    .site = {{rgb(0x2F6DA8), rgb(0x2E8567), rgb(0x7A55B8), rgb(0x9A6A1F), rgb(0x3B7F94),
              rgb(0x8E4C7C), rgb(0x5A7A2E), rgb(0x4B5FB0), rgb(0xA0563A), rgb(0x4F7D7A)}},
    .sites = 10,
};

constexpr palette make_light() {
  palette made = dark;
  made.ground = rgb(0xF3F5F8);
  made.card = rgb(0xFFFFFF);
  made.raised = rgb(0xE9EDF2);
  made.hovered = rgb(0xDCE4ED);
  made.chosen = rgb(0xC5DDF7);
  made.line = rgb(0xC9D1DB);
  made.grid = rgb(0xE2E7ED);
  made.text = rgb(0x1F2933);
  made.strong = rgb(0x05080C);
  made.quiet = rgb(0x4B5866);
  made.faint = rgb(0x6B7785);
  made.accent = rgb(0x0B63BD);
  made.good = rgb(0x0F7A48);
  made.warning = rgb(0x8A5A00);
  made.serious = rgb(0xB2470B);
  made.critical = rgb(0xC2182B);
  made.utilisation = rgb(0x0B63BD);
  made.lag = rgb(0xB87400);
  made.throughput = rgb(0x12894F);
  made.queue = rgb(0x7C3AED);
  made.scope = rgb(0x8795A8);
  made.stripe = rgb(0x000000, 0.025F);
  made.veil = rgb(0x3A4552, 0.45F);
  return made;
}

// Found by search: the smallest difference between any two, for any kind of colour blindness, was
// made as large as legible text allows (palette_test).
constexpr palette make_colour_blind() {
  palette made = dark;
  made.accent = rgb(0x86A8F0);
  made.good = rgb(0x2AD9B5);
  made.warning = rgb(0xF7EE7F);
  made.serious = rgb(0xD28000);
  made.critical = rgb(0xFF4A6A);
  made.utilisation = rgb(0x4C8DFF);
  made.lag = rgb(0xF0A23C);
  made.throughput = rgb(0x8CF2C0);
  made.queue = rgb(0xF3B6F0);
  made.site = {
      {rgb(0x2440C8), rgb(0x883300), rgb(0x0B5A40), rgb(0x84407E), rgb(0x2C2C3C), rgb(0x3A7CC4)}};
  made.sites = 6;
  return made;
}

constexpr palette light = make_light();
constexpr palette colour_blind = make_colour_blind();

}  // namespace

float luminance(const color& of) {
  const auto linear = [](float part) {
    return part <= 0.04045F ? part / 12.92F : std::pow((part + 0.055F) / 1.055F, 2.4F);
  };
  return 0.2126F * linear(of.red) + 0.7152F * linear(of.green) + 0.0722F * linear(of.blue);
}

std::optional<theme> theme_named(std::string_view name) {
  const auto* const found = std::ranges::find(themes, name, &theme_entry::name);
  return found == themes.end() ? std::nullopt : std::optional(found->which);
}

const theme_entry& entry_of(theme which) { return themes.at(static_cast<std::size_t>(which)); }

theme next(theme which) {
  return themes.at((static_cast<std::size_t>(which) + 1) % themes.size()).which;
}

const palette& palette_of(theme which) {
  switch (which) {
    case theme::light:
      return light;
    case theme::colour_blind:
      return colour_blind;
    case theme::dark:
      break;
  }
  return dark;
}

}  // namespace asioscope::viewer::colors
