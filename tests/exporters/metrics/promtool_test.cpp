// SPDX-License-Identifier: BSL-1.0
#include "sample_snapshot.hpp"
#include "servers.hpp"

#include "asioscope/metrics/collector.hpp"
#include "asioscope/metrics/text_format.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace asioscope::metrics {
namespace {

using testing::millisecond;
using testing::recorded;
using testing::sample_snapshot;
using testing::scratch_folder;

/// What `promtool check metrics` has to say; "" when it finds nothing.
std::string findings(const std::string& text) {
  const scratch_folder folder;
  std::ofstream(folder / "metrics") << text;
  const std::string command = "'" + testing::server_program("promtool") + "' check metrics <'" +
                              (folder / "metrics").native() + "' >'" + (folder / "out").native() +
                              "' 2>&1";
  const int status = std::system(command.c_str());
  std::ifstream out(folder / "out");
  std::string said{std::istreambuf_iterator<char>(out), {}};
  if (status != 0) said += "exit status " + std::to_string(WEXITSTATUS(status));
  return said;
}

std::string text_of(const schema::snapshot& from) {
  collector tested({.source = [&] { return from; }});
  return to_text(tested.collect());
}

TEST(promtool_test, finds_what_is_wrong) {
  EXPECT_NE(findings("# HELP a_total A\n# TYPE a_total gauge\na_total 1\n"), "");
  EXPECT_NE(findings("rubbish\n"), "");
}

TEST(promtool_test, finds_nothing_in_a_rich_program) {
  EXPECT_EQ(findings(text_of(sample_snapshot())), "");
}

TEST(promtool_test, finds_nothing_in_an_empty_program) { EXPECT_EQ(findings(text_of({})), ""); }

TEST(promtool_test, finds_nothing_whatever_names_are_like) {
  schema::snapshot from = sample_snapshot();
  from.loops[0].name = "a \"loop\" \\ \n with {everything=\"\"} 1";
  std::uint32_t id = 100;
  for (const std::string& name :
       {std::string("quote\""), std::string("back\\slash"), std::string("new\nline"),
        std::string("\xFF\xFE"), std::string("zero\0byte", 9), std::string(), std::string("_other"),
        std::string(10'000, 'x'), std::string(10'000, 'x') + "y", std::string("}"),
        std::string("# HELP x y"), std::string("\xE2\x82"), std::string("a\nb"),
        std::string("a\tb")}) {  // the last two look the same in the end
    from.sites.push_back({.id = id, .name = name});
    from.sites.push_back({.id = id + 1, .kind = schema::site_kind::task, .name = name});
    from.site_stats.push_back({.loop = 1, .site = id, .run = recorded(millisecond, 1)});
    from.task_stats.push_back({.loop = 1, .site = id + 1, .spawned = 1});
    id += 2;
  }
  EXPECT_EQ(findings(text_of(from)), "");
}

TEST(promtool_test, finds_nothing_at_the_caps) {
  schema::snapshot from = sample_snapshot();
  for (std::uint32_t id = 100; id < 1000; ++id) {
    from.sites.push_back({.id = id, .name = "site " + std::to_string(id)});
    from.site_stats.push_back(
        {.loop = 1 + id % 2, .site = id, .run = recorded(millisecond * id, 1)});
  }
  EXPECT_EQ(findings(text_of(from)), "");
}

}  // namespace
}  // namespace asioscope::metrics
