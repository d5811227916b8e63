// SPDX-License-Identifier: BSL-1.0
#include "widgets/text_filter.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace asioscope::viewer
