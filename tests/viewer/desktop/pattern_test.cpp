// SPDX-License-Identifier: BSL-1.0
#include "widgets/pattern.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <regex>
#include <string>
#include <tuple>

namespace asioscope::viewer {
namespace {

bool occurs(const std::string& expression, const std::string& text) {
  const pattern wanted(expression);
  EXPECT_EQ(wanted.error(), "") << expression;
  return wanted.occurs_in(text);
}

TEST(pattern, is_a_regular_expression) {
  for (const auto& [expression, matching, other] : {std::tuple("", "anything", ""),
                                                    std::tuple("b+", "abbc", "ac"),
                                                    std::tuple("^GET /", "GET /items", "FORGET /"),
                                                    std::tuple("ID$", "GET /ID", "GET /ID/x"),
                                                    std::tuple("^$", "", "x"),
                                                    std::tuple("a.c", "xabcx", "ac"),
                                                    std::tuple("colou?r", "color", "colr"),
                                                    std::tuple("^(ab)*$", "ababab", "aba"),
                                                    std::tuple("^(a|bc|)d$", "bcd", "bd"),
                                                    std::tuple("^x{2,3}$", "xxx", "xxxx"),
                                                    std::tuple("^x{2}$", "xx", "x"),
                                                    std::tuple("^x{2,}$", "xxxxx", "x"),
                                                    std::tuple("^x{0}y$", "y", "xy"),
                                                    std::tuple("^(?:ab){2}$", "abab", "ab"),
                                                    std::tuple("^[a-c_]+$", "ab_c", "abd"),
                                                    std::tuple("^[^a-c]+$", "xyz", "xbz"),
                                                    std::tuple("^[]x]$", "]", "a"),
                                                    std::tuple("^[x-]$", "-", "y"),
                                                    std::tuple("^[\\d.]+$", "1.5", "1,5"),
                                                    std::tuple("^\\w+$", "a_1", "a-1"),
                                                    std::tuple("\\d\\D\\s\\S\\W", "1a b.", "1a bb"),
                                                    std::tuple("\\bid\\b", "an id.", "idle"),
                                                    std::tuple("\\Bid", "valid", "id"),
                                                    std::tuple("a\\.b", "a.b", "axb"),
                                                    std::tuple("a\\/b", "a/b", "a\\b"),
                                                    std::tuple("^a.*?b$", "axxb", "axx"),
                                                    std::tuple("x{a}", "x{a}", "xa"),
                                                    std::tuple("^(a*)*$", "aaa", "b"),
                                                    std::tuple("^(()|a)+b$", "aab", "aa"),
                                                    std::tuple("Session", "SESSION", "sesion"),
                                                    std::tuple("^[A-Z]+$", "abc", "ab1"),
                                                    std::tuple("(x|y)?z", "z", "xy")}) {
    EXPECT_TRUE(occurs(expression, matching)) << expression << " in " << matching;
    if (*other != '\0' || std::string(matching).empty()) {
      EXPECT_FALSE(occurs(expression, other)) << expression << " in " << other;
    }
  }
}

TEST(pattern, says_what_is_wrong_with_it) {
  for (const auto& [expression, error] :
       {std::pair("(a", "missing )"), std::pair("a)", "unexpected )"), std::pair("[a", "missing ]"),
        std::pair("[z-a]", "invalid character class range"),
        std::pair("*a", "no argument for repetition operator"), std::pair("a\\", "trailing \\"),
        std::pair("\\q", "invalid escape sequence"), std::pair("(?=a)", "invalid perl operator"),
        std::pair("a{3,2}", "invalid repetition size"),
        std::pair("(a{100}){100}", "invalid repetition size"),
        std::pair("a{99999}", "invalid repetition size")}) {
    const pattern wanted(expression);
    EXPECT_THAT(wanted.error(), testing::HasSubstr(error)) << expression;
    EXPECT_FALSE(wanted.occurs_in("a"));
  }
  EXPECT_EQ(pattern(std::string(201, 'a')).error(), "longer than 200 letters");
  EXPECT_EQ(pattern(std::string(200, 'a')).error(), "");
}

TEST(pattern, knows_letters_of_every_script) {
  EXPECT_TRUE(occurs("^gr.ße$", "GRÖßE"));
  EXPECT_TRUE(occurs("^[а-я]+$", "Привет"));
  EXPECT_FALSE(occurs("^..$", "жук"));
  EXPECT_FALSE(occurs("x", "\xFF\xFE")) << "bytes that are no letters do no harm";
}

TEST(pattern, takes_little_time_whatever_it_is_asked) {
  const std::string many(1'000'000, 'a');
  EXPECT_TRUE(occurs("(a|b|c)*$", many));
  const std::string name(1'024, 'a');
  for (const char* evil : {"(a+)+b", "(a|aa)+b", "(.*)*(.*)*(.*)*b", "((a*)*)*b", "(a?){30}a{30}b"})
    EXPECT_FALSE(occurs(evil, name)) << evil;
  EXPECT_EQ(pattern(std::string(100, '(') + std::string(100, ')')).error(), "");
}

// What random expressions find is what std::regex finds.
TEST(pattern, finds_what_others_find) {
  std::mt19937 random(5);
  const auto pick = [&](const char* from) {
    const std::string all = from;
    return std::string(1, all[random() % all.size()]);
  };
  int compared = 0;
  for (int round = 0; round < 4'000; ++round) {
    std::string expression;
    int open = 0;
    for (int length = 1 + static_cast<int>(random() % 8); length > 0; --length) {
      switch (random() % 9) {
        case 0:
          expression += "(";
          ++open;
          break;
        case 1:
          if (open > 0 && expression.back() != '(' && expression.back() != '|') {
            expression += ")";
            --open;
          }
          break;
        case 2:
          if (!expression.empty() &&
              std::string("ab.])").find(expression.back()) != std::string::npos)
            expression += random() % 4 == 0 ? "{1,2}" : pick("*+?");
          break;
        case 3:
          if (!expression.empty() && expression.back() != '(' && expression.back() != '|')
            expression += "|";
          break;
        case 4:
          expression += random() % 2 == 0 ? "[ab]" : "[^a]";
          break;
        default:
          expression += pick("aab.c");
      }
    }
    while (!expression.empty() && std::string("(|").find(expression.back()) != std::string::npos) {
      if (expression.back() == '(') --open;
      expression.pop_back();
    }
    expression += std::string(static_cast<std::size_t>(open), ')');
    const std::regex theirs(expression);
    const pattern ours(expression);
    ASSERT_EQ(ours.error(), "") << expression;
    for (int each = 0; each < 5; ++each) {
      std::string text;
      for (std::size_t length = random() % 6; length > 0; --length)
        text += pick("abc");
      ASSERT_EQ(ours.occurs_in(text), std::regex_search(text, theirs))
          << expression << " in " << text;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 20'000);
}

}  // namespace
}  // namespace asioscope::viewer
