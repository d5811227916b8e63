// SPDX-License-Identifier: BSL-1.0
// The real window on a virtual display.
#include "processes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <png.h>

#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace asioscope::viewer {
namespace {

using test::meeting_place;
using test::outcome;
using test::run;
using test::synthetic_process;
using testing::HasSubstr;

const std::string viewer =
    "LIBGL_ALWAYS_SOFTWARE=1 xvfb-run -a -s '-screen 0 2600x1700x24' " ASIOSCOPE_VIEWER " ";

struct image {
  unsigned width = 0;
  unsigned height = 0;
  std::map<std::uint32_t, std::size_t> colours;  // and how many pixels have them
};

image read_png(const std::string& path) {
  image result;
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_file(&png, path.c_str()) == 0) return result;
  png.format = PNG_FORMAT_RGBA;
  std::vector<png_byte> pixels(PNG_IMAGE_SIZE(png));
  if (png_image_finish_read(&png, nullptr, pixels.data(), 0, nullptr) == 0) return result;
  result.width = png.width;
  result.height = png.height;
  for (std::size_t index = 0; index + 3 < pixels.size(); index += 4) {
    std::uint32_t colour = 0;
    std::memcpy(&colour, &pixels[index], 4);
    ++result.colours[colour];
  }
  return result;
}

class panels : public testing::TestWithParam<const char*> {};

TEST_P(panels, are_drawn_in_the_size_that_was_asked_for) {
  const meeting_place place;
  const synthetic_process program(place.socket("shop"), "warm=600 speed=10 trace=1");
  for (const auto& [width, height, scale] :
       {std::tuple(1024U, 640U, "1"), std::tuple(2560U, 1600U, "2")}) {
    const std::string size = std::to_string(width) + "x" + std::to_string(height);
    const std::string file = place.file(size + ".png");
    std::string command = viewer;
    for (const std::string& word :
         {std::string("--panel"), std::string(GetParam()), std::string("--size"), size,
          std::string("--scale"), std::string(scale), std::string("--after 1 --screenshot"), file})
      command += word + " ";
    const outcome shot = run(command);
    ASSERT_EQ(shot.code, 0) << shot.output;
    const image picture = read_png(file);
    EXPECT_EQ(picture.width, width);
    EXPECT_EQ(picture.height, height);
    // Text and plots have edges of many shades; an empty window has one.
    EXPECT_GT(picture.colours.size(), 200U);
    std::size_t most = 0;
    for (const auto& [colour, count] : picture.colours)
      most = std::max(most, count);
    EXPECT_LT(most, std::size_t{width} * height * 95 / 100);
  }
}

INSTANTIATE_TEST_SUITE_P(all, panels,
                         testing::Values("overview", "timeline", "handlers", "tasks", "stalls",
                                         "failures", "resources"),
                         [](const auto& each) { return std::string(each.param); });

TEST(window, without_a_program_is_an_error_that_says_so) {
  const meeting_place place;
  const outcome shot = run(viewer + "--after 0 --screenshot " + place.file("a.png"));
  EXPECT_EQ(shot.code, 1);
  EXPECT_THAT(shot.output, HasSubstr("no program found"));
  EXPECT_GT(read_png(place.file("a.png")).colours.size(), 50U);  // the window said so too
}

TEST(window, shows_a_recording) {
  const meeting_place place;
  const std::string file = place.file("shop.asioscope");
  {
    const synthetic_process program(place.socket("shop"), "warm=600 speed=10 trace=1");
    const outcome recorded = run(ASIOSCOPE_VIEWER " --record " + file + " --after 1");
    ASSERT_EQ(recorded.code, 0) << recorded.output;
  }
  const std::string shot = place.file("a.png");
  const outcome shown = run(viewer + file + " --panel timeline --after 0.5 --screenshot " + shot);
  EXPECT_EQ(shown.code, 0) << shown.output;
  EXPECT_GT(read_png(shot).colours.size(), 200U);
}

TEST(window, writes_picture_and_figures_together) {
  const meeting_place place;
  const synthetic_process program(place.socket("shop"), "warm=100");
  const outcome both = run(viewer + "--after 1 --screenshot " + place.file("a.png") +
                           " --dump-model " + place.file("a.json"));
  EXPECT_EQ(both.code, 0) << both.output;
  EXPECT_TRUE(std::filesystem::file_size(place.file("a.json")) > 1'000);
  EXPECT_GT(read_png(place.file("a.png")).colours.size(), 200U);
}

}  // namespace
}  // namespace asioscope::viewer
