// SPDX-License-Identifier: BSL-1.0
#include "widgets/text.hpp"

#include "headless_ui.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace asioscope::viewer {
namespace {

using test::headless_ui;

float width_of(const std::string& text) { return ImGui::CalcTextSize(text.c_str()).x; }

TEST(fitted_name, loses_what_it_is_qualified_with_from_the_left) {
  headless_ui ui(800, 600);
  ui.draw([] {
    const std::string whole = "async_wait in shop::shipping::run, shipping.cpp:45";
    const auto one_less_than = [](const std::string& text) { return width_of(text) - 1; };
    EXPECT_EQ(fitted_name(whole, width_of(whole)), whole);
    const std::string less = "async_wait in shipping::run, shipping.cpp:45";
    EXPECT_EQ(fitted_name(whole, one_less_than(whole)), less);
    const std::string least = "async_wait in run, shipping.cpp:45";
    EXPECT_EQ(fitted_name(whole, one_less_than(less)), least);
    EXPECT_EQ(fitted_name(whole, one_less_than(least)), fitted(least, one_less_than(least)));
    EXPECT_TRUE(fitted_name(whole, one_less_than(least)).ends_with("…"));
  });
}

TEST(fitted_name, takes_no_arguments_apart) {
  headless_ui ui(800, 600);
  ui.draw([] {
    for (const char* name : {"make<shop::order>", "main(std::vector)", "GET /items", ""}) {
      EXPECT_EQ(fitted_name(name, 1'000), name);
      EXPECT_EQ(fitted_name(name, 40), fitted(name, 40));
    }
    EXPECT_EQ(fitted_name("shop::make<shop::order>", width_of("make<shop::order>")),
              "make<shop::order>");
    EXPECT_EQ(fitted_name("größe::größte", width_of("größte")), "größte");
    EXPECT_EQ(fitted_name("::global", width_of("global")), "global");
  });
}

TEST(cell_number, never_lacks_a_digit_without_showing_it) {
  headless_ui ui(800, 600);
  const auto cell = [&](float width) {
    return ui.read([width] {
      ImGui::BeginChild("cell", {width, 40});
      cell_number("251742126119");
      ImGui::EndChild();
    });
  };
  EXPECT_THAT(cell(400), testing::HasSubstr("251742126119"));
  EXPECT_THAT(cell(60), testing::HasSubstr("…"));
}

}  // namespace
}  // namespace asioscope::viewer
