// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <gtest/gtest.h>

/// GoogleTest's ASSERT_… return, which a coroutine cannot: these end it with co_return.

#define ASIOSCOPE_CO_FATAL_FAILURE_(message) \
  co_return GTEST_MESSAGE_(message, ::testing::TestPartResult::kFatalFailure)

#define CO_ASSERT_TRUE(condition) \
  GTEST_TEST_BOOLEAN_(condition, #condition, false, true, ASIOSCOPE_CO_FATAL_FAILURE_)
#define CO_ASSERT_FALSE(condition) \
  GTEST_TEST_BOOLEAN_(!(condition), #condition, true, false, ASIOSCOPE_CO_FATAL_FAILURE_)
#define ASIOSCOPE_CO_COMPARE_(Compare, a, b) \
  GTEST_PRED_FORMAT2_(::testing::internal::Compare, a, b, ASIOSCOPE_CO_FATAL_FAILURE_)
#define CO_ASSERT_EQ(a, b) ASIOSCOPE_CO_COMPARE_(EqHelper::Compare, a, b)
#define CO_ASSERT_NE(a, b) ASIOSCOPE_CO_COMPARE_(CmpHelperNE, a, b)
#define CO_ASSERT_LT(a, b) ASIOSCOPE_CO_COMPARE_(CmpHelperLT, a, b)
#define CO_ASSERT_LE(a, b) ASIOSCOPE_CO_COMPARE_(CmpHelperLE, a, b)
#define CO_ASSERT_GT(a, b) ASIOSCOPE_CO_COMPARE_(CmpHelperGT, a, b)
#define CO_ASSERT_GE(a, b) ASIOSCOPE_CO_COMPARE_(CmpHelperGE, a, b)
#define CO_FAIL() ASIOSCOPE_CO_FATAL_FAILURE_("Failed")
