// SPDX-License-Identifier: BSL-1.0
#include "asioscope/watchdog/symboliser.hpp"

#include "asioscope/watchdog/code_name.hpp"

#include <execinfo.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <vector>

// Names as in a program of somebody else, who has nothing to do with asioscope.
namespace shop {

std::vector<std::uintptr_t> taken;

[[gnu::noinline]] void take_stack() {
  std::array<void*, 32> frames;
  const int count = backtrace(frames.data(), static_cast<int>(frames.size()));
  taken.clear();
  for (int i = 0; i < count; ++i) {
    taken.push_back(reinterpret_cast<std::uintptr_t>(frames[static_cast<std::size_t>(i)]));
  }
}

[[gnu::always_inline]] inline int price_of(int item) {
  take_stack();
  return item * 2;
}

template <class Item>
[[gnu::noinline]] int total(Item item) {
  const int price = price_of(item);
  return price + 1;
}

struct order {
  [[gnu::noinline]] int place(int item) {
    const auto pay = [&] { return total<int>(item); };
    return pay() + 1;
  }
};

}  // namespace shop

namespace {

using namespace asioscope;
using testing::EndsWith;
using testing::IsEmpty;
using testing::StartsWith;

std::vector<schema::stack_frame> stack_of_an_order() {
  volatile int result = shop::order{}.place(3);
  static_cast<void>(result);
  return watchdog::program_symboliser().frames(shop::taken);
}

auto find(const std::vector<schema::stack_frame>& stack, const std::string& function) {
  return std::find_if(stack.begin(), stack.end(),
                      [&](const auto& frame) { return frame.function == function; });
}

TEST(symboliser, names_functions_with_inlined_ones_in_their_order) {
  const auto stack = stack_of_an_order();
  const auto inner = find(stack, "shop::take_stack");
  const auto inlined = find(stack, "shop::price_of");
  const auto caller = find(stack, "shop::total");
  const auto outer = find(stack, "shop::order::place");
  ASSERT_NE(inner, stack.end());
  ASSERT_NE(inlined, stack.end());
  ASSERT_NE(caller, stack.end());
  ASSERT_NE(outer, stack.end());
  EXPECT_LT(inner, inlined);
  EXPECT_LT(inlined, caller);
  EXPECT_LT(caller, outer);
  EXPECT_EQ(inlined->address, caller->address);
}

TEST(symboliser, tells_the_line_of_each_call) {
  const auto stack = stack_of_an_order();
  const auto inlined = find(stack, "shop::price_of");
  const auto caller = find(stack, "shop::total");
  ASSERT_NE(inlined, stack.end());
  ASSERT_NE(caller, stack.end());
  EXPECT_THAT(inlined->file, EndsWith("symboliser_test.cpp"));
  EXPECT_THAT(caller->file, EndsWith("symboliser_test.cpp"));
  // take_stack() is called in the second line of price_of, which total calls six lines further
  // down.
  EXPECT_EQ(caller->line, inlined->line + 6);
}

TEST(symboliser, is_quick_about_names_alone) {
  static_cast<void>(stack_of_an_order());
  const auto stack = watchdog::program_symboliser().quick_frames(shop::taken);
  EXPECT_EQ(stack.size(), shop::taken.size());
  EXPECT_NE(find(stack, "shop::take_stack"), stack.end());
  EXPECT_NE(find(stack, "shop::total"), stack.end());
  EXPECT_EQ(find(stack, "shop::price_of"), stack.end());
  EXPECT_EQ(watchdog::culprit_of(stack), "shop::take_stack");
}

TEST(symboliser, knows_the_runtime_from_the_user) {
  const auto stack = stack_of_an_order();
  const auto entry = std::find_if(stack.begin(), stack.end(), [](const auto& frame) {
    return frame.module.starts_with("libc.so");
  });
  ASSERT_NE(entry, stack.end());
  EXPECT_TRUE(entry->internal);
  EXPECT_FALSE(find(stack, "shop::order::place")->internal);
  EXPECT_EQ(find(stack, "shop::total")->module, "watchdog_symboliser_test");
  EXPECT_EQ(watchdog::culprit_of(stack), "shop::take_stack");
}

TEST(symboliser, keeps_the_address_of_what_it_does_not_know) {
  const std::vector<std::uintptr_t> nowhere{0x10, 0x20};
  const auto stack = watchdog::program_symboliser().frames(nowhere);
  ASSERT_EQ(stack.size(), 2U);
  EXPECT_EQ(stack[0].address, 0x10U);
  EXPECT_EQ(stack[1].address, 0x20U);
  EXPECT_THAT(stack[0].function, IsEmpty());
  EXPECT_THAT(watchdog::culprit_of(stack), IsEmpty());
}

TEST(symboliser, never_reads_a_name_beyond_its_module) {
  const std::vector<std::uintptr_t> in_libc{reinterpret_cast<std::uintptr_t>(&std::abort)};
  const auto stack = watchdog::program_symboliser().frames(in_libc);
  ASSERT_EQ(stack.size(), 1U);
  EXPECT_THAT(stack[0].module, StartsWith("libc.so"));
  EXPECT_EQ(stack[0].function, "abort");
}

TEST(name_of_code, is_the_readable_name_of_a_function) {
  EXPECT_EQ(watchdog::name_of_code(reinterpret_cast<const void*>(&shop::take_stack)),
            "shop::take_stack");
  EXPECT_EQ(watchdog::name_of_code(reinterpret_cast<const void*>(&shop::total<int>)),
            "shop::total");
  EXPECT_THAT(watchdog::name_of_code(nullptr), IsEmpty());
}

}  // namespace
