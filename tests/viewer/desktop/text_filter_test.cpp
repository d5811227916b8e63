// SPDX-License-Identifier: BSL-1.0
#include "widgets/text_filter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

namespace asioscope::viewer {
namespace {

TEST(text_filter, wants_all_words_and_none_with_a_minus_in_any_order) {
  EXPECT_TRUE(text_filter("").passes("anything"));
  EXPECT_TRUE(text_filter(" , ").is_empty());
  EXPECT_TRUE(text_filter("-").passes("anything"));
  EXPECT_TRUE(text_filter("READ").passes("session::read"));
  EXPECT_TRUE(text_filter("read session").passes("session::read"));
  EXPECT_FALSE(text_filter("read,write").passes("session::read"));
  EXPECT_FALSE(text_filter("session -read").passes("session::read"));
  EXPECT_FALSE(text_filter("-read session").passes("session::read"));
  EXPECT_TRUE(text_filter("-write").passes("session::read"));
}

TEST(text_filter, takes_several_words_as_one_in_quotes) {
  EXPECT_TRUE(text_filter("\"GET /items\"").passes("get /items/7"));
  EXPECT_FALSE(text_filter("\"GET /items\"").passes("/items GET"));
  EXPECT_FALSE(text_filter("-\"GET /items\" get").passes("GET /items"));
  EXPECT_TRUE(text_filter("\"unfinished b").passes("an unfinished basket"));
  EXPECT_TRUE(text_filter("\"\"").is_empty());
}

TEST(text_filter, takes_patterns_between_slashes) {
  EXPECT_TRUE(text_filter("/^get .*ID$/").passes("GET /orders/ID"));
  EXPECT_FALSE(text_filter("/^get .*ID$/").passes("GET /orders"));
  EXPECT_TRUE(text_filter("-/^get/ orders").passes("POST /orders"));
  EXPECT_FALSE(text_filter("-/^get/ orders").passes("GET /orders"));
  EXPECT_TRUE(text_filter("/a b,c/, d").passes("a b,c d")) << "separators in it are its own";
  EXPECT_TRUE(text_filter("/a\\/b/").passes("a/b"));
  // What only looks like one is a word.
  EXPECT_TRUE(text_filter("/orders").passes("GET /orders"));
  EXPECT_TRUE(text_filter("/orders/id").passes("GET /orders/ID"));
  EXPECT_FALSE(text_filter("/orders/id").passes("GET orders"));
  EXPECT_TRUE(text_filter("/items /orders").passes("/items and /orders"));
}

TEST(text_filter, says_what_is_wrong) {
  EXPECT_EQ(text_filter("read /or(ders/").error(), "/or(ders/: missing ): or(ders");
  EXPECT_EQ(text_filter("/or(ders").error(), "/or(ders: a pattern ends with /");
  EXPECT_EQ(text_filter("-/[/").error(), "/[/: missing ]: [");
  EXPECT_EQ(text_filter("/orders").error(), "");
}

TEST(text_filter, remembers_what_a_pattern_says_and_not_without_end) {
  const text_filter filter("/7$/");
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 10'000; ++i)
      ASSERT_EQ(filter.passes(std::to_string(i)), i % 10 == 7);
}

constexpr std::array<filter_field, 3> fields = {
    {{.name = "name"},
     {.name = "state"},
     {.name = "parent", .is_asked_by_name = true, .is_whole = true}}};

bool passes(const char* typed, const std::array<std::string, 3>& thing) {
  const text_filter filter(typed, fields);
  EXPECT_EQ(filter.error(), "");
  return filter.passes([&](std::size_t field) { return thing[field]; });
}

TEST(text_filter, looks_in_a_field_that_is_named) {
  const std::array<std::string, 3> thing = {"ready::to_run 12", "suspended", "12"};
  EXPECT_TRUE(passes("", thing));
  EXPECT_TRUE(passes("name:ready", thing));
  EXPECT_FALSE(passes("state:ready", thing));
  EXPECT_TRUE(passes("-state:ready", thing));
  EXPECT_TRUE(passes("State:SUSP name:RUN", thing));
  EXPECT_TRUE(passes("ready suspended", thing)) << "each where it is";
  EXPECT_TRUE(passes("name:/^ready::/ state:/ed$/", thing));
  EXPECT_FALSE(passes("name:/^to/", thing));
  EXPECT_TRUE(passes("name:\"run 12\"", thing));
  EXPECT_TRUE(passes("state:", thing)) << "about to be typed";
  EXPECT_TRUE(passes("ready::to", thing)) << "no field";
  EXPECT_FALSE(passes("name::x", thing)) << "that is a name";
}

TEST(text_filter, fields_may_be_asked_by_name_only_and_as_a_whole) {
  EXPECT_FALSE(passes("12", {"a", "b", "12"}));
  EXPECT_TRUE(passes("parent:12", {"a", "b", "12"}));
  EXPECT_FALSE(passes("parent:12", {"a", "b", "123"}));
  EXPECT_TRUE(passes("-parent:12", {"a", "b", "123"}));
  EXPECT_TRUE(passes("parent:/^12/", {"a", "b", "123"}));
}

}  // namespace
}  // namespace asioscope::viewer
