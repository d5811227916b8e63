// SPDX-License-Identifier: BSL-1.0
#include "platform/palette.hpp"

#include "platform/colors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <vector>

namespace asioscope::viewer::colors {
namespace {

// Contrast of WCAG 2: 1 to 21.
float contrast(const color& one, const color& other) {
  const float a = luminance(one);
  const float b = luminance(other);
  return (std::max(a, b) + 0.05F) / (std::min(a, b) + 0.05F);
}

using triple = std::array<double, 3>;

// What people without one kind of cones see of linear RGB: Machado, Oliveira, Fernandes, "A
// Physiologically-based Model for Simulation of Color Vision Deficiency", 2009, severity 1.
constexpr std::array<std::array<triple, 3>, 4> eyes = {{
    {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
    {{{0.152286, 1.052583, -0.204868},
      {0.114503, 0.786281, 0.099216},
      {-0.003882, -0.048116, 1.051998}}},
    {{{0.367322, 0.860646, -0.227968},
      {0.280085, 0.672501, 0.047413},
      {-0.011820, 0.042940, 0.968881}}},
    {{{1.255528, -0.076749, -0.178779},
      {-0.078411, 0.930809, 0.147602},
      {0.004733, 0.691367, 0.303900}}},
}};

// CIE L*a*b* of a colour as these eyes see it.
triple seen(const color& of, const std::array<triple, 3>& eye) {
  const auto linear = [](double part) {
    return part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
  };
  const triple light = {linear(of.red), linear(of.green), linear(of.blue)};
  triple rgb{};
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t column = 0; column < 3; ++column)
      rgb.at(row) += eye.at(row).at(column) * light.at(column);
    rgb.at(row) = std::clamp(rgb.at(row), 0.0, 1.0);
  }
  const auto bend = [](double t) { return t > 0.008856 ? std::cbrt(t) : 7.787 * t + 16.0 / 116; };
  const double x = bend((0.4124 * rgb[0] + 0.3576 * rgb[1] + 0.1805 * rgb[2]) / 0.9505);
  const double y = bend(0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]);
  const double z = bend((0.0193 * rgb[0] + 0.1192 * rgb[1] + 0.9505 * rgb[2]) / 1.089);
  return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

double least_difference(std::span<const color> of) {
  double least = 1e9;
  for (const auto& eye : eyes) {
    for (std::size_t i = 0; i < of.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const triple one = seen(of[i], eye);
        const triple other = seen(of[j], eye);
        least =
            std::min(least, std::hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]));
      }
    }
  }
  return least;
}

class every_theme : public testing::TestWithParam<theme_entry> {
 protected:
  const palette& in = palette_of(GetParam().which);
};

TEST_P(every_theme, has_text_that_can_be_read_on_every_ground) {
  for (const color& ground : {in.ground, in.card, in.raised, in.hovered, in.chosen}) {
    EXPECT_GE(contrast(in.text, ground), 7);
    EXPECT_GE(contrast(in.strong, ground), 7);
  }
  for (const color& ground : {in.ground, in.card, in.raised}) {
    for (const color& text : {in.quiet, in.accent, in.good, in.warning, in.serious, in.critical}) {
      EXPECT_GE(contrast(text, ground), 4.5);
    }
    EXPECT_GE(contrast(in.faint, ground), 3);
  }
}

TEST_P(every_theme, has_plots_that_stand_out) {
  for (const color& line : {in.utilisation, in.lag, in.throughput, in.queue})
    EXPECT_GE(contrast(line, in.card), 3);
  EXPECT_LT(contrast(in.grid, in.card), 1.6);
}

TEST_P(every_theme, has_colours_of_sites_on_which_names_can_be_read) {
  ASSERT_GE(in.sites, 6U);
  ASSERT_LE(in.sites, in.site.size());
  for (const color& site : std::span(in.site).first(in.sites))
    EXPECT_GE(contrast(rgb(0xFFFFFF), site), 4.2);
}

TEST_P(every_theme, is_found_by_its_name_and_followed_by_another) {
  EXPECT_EQ(theme_named(GetParam().name), GetParam().which);
  EXPECT_STREQ(entry_of(GetParam().which).title, GetParam().title);
  EXPECT_NE(next(GetParam().which), GetParam().which);
  EXPECT_EQ(next(next(next(GetParam().which))), GetParam().which);
}

TEST_P(every_theme, writes_on_any_fill_so_that_it_can_be_read) {
  ImGui::CreateContext();
  apply_theme(1, GetParam().which);
  for (unsigned red = 0; red < 256; red += 51) {
    for (unsigned green = 0; green < 256; green += 51) {
      const color fill = rgb(red << 16U | green << 8U | 0x80U);
      const ImVec4 text = readable_on(fill);
      EXPECT_GE(contrast({text.x, text.y, text.z, 1}, fill), 4.2) << red << ' ' << green;
    }
  }
  const ImVec4 clear = readable_on(faded(ImVec4(rgb(0x808080)), 0));
  EXPECT_GE(contrast({clear.x, clear.y, clear.z, 1}, in.card), 7) << "one sees the card through it";
  ImGui::DestroyContext();
}

INSTANTIATE_TEST_SUITE_P(palette, every_theme, testing::ValuesIn(themes), [](const auto& each) {
  std::string name = each.param.name;
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST(palette, there_is_no_theme_of_another_name) {
  EXPECT_EQ(theme_named("pink"), std::nullopt);
  EXPECT_EQ(theme_named(""), std::nullopt);
}

TEST(palette, the_colour_blind_theme_is_told_apart_by_all_eyes) {
  const palette& in = palette_of(theme::colour_blind);
  EXPECT_GE(least_difference(std::array{in.good, in.warning, in.serious, in.critical, in.accent}),
            20);
  EXPECT_GE(least_difference(std::array{in.utilisation, in.lag, in.throughput, in.queue}), 20);
  EXPECT_GE(least_difference(std::span(in.site).first(in.sites)), 18);
}

TEST(palette, the_usual_theme_is_not_which_is_why_there_is_another) {
  const palette& in = palette_of(theme::dark);
  EXPECT_LT(least_difference(std::array{in.utilisation, in.lag, in.throughput, in.queue}), 10);
}

}  // namespace
}  // namespace asioscope::viewer::colors
