// SPDX-License-Identifier: BSL-1.0
// The program as a user meets it, without a display.
#include "processes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <sstream>
#include <string>

namespace asioscope::viewer {
namespace {

using test::meeting_place;
using test::outcome;
using test::run;
using test::synthetic_process;
using testing::HasSubstr;
using testing::StartsWith;

const std::string viewer = "DISPLAY= WAYLAND_DISPLAY= " ASIOSCOPE_VIEWER " ";

std::string content(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The value of `key` in the object "totals".
std::uint64_t total(const std::string& json, const std::string& key) {
  std::smatch found;
  const std::string totals = json.substr(std::min(json.find("\"totals\""), json.size()));
  if (!std::regex_search(totals, found, std::regex("\"" + key + "\": ([0-9]+)"))) return ~0ULL;
  return std::stoull(found[1]);
}

std::uint64_t said(const std::string& line, const std::string& key) {
  std::smatch found;
  if (!std::regex_search(line, found, std::regex(key + " ([0-9]+)"))) return ~1ULL;
  return std::stoull(found[1]);
}

TEST(program, says_what_it_is) {
  const outcome help = run(viewer + "--help");
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.output, StartsWith("Usage: asioscope-viewer"));
  const outcome version = run(viewer + "--version");
  EXPECT_EQ(version.code, 0);
  EXPECT_THAT(version.output, StartsWith("asioscope-viewer 0."));
}

TEST(program, a_wrong_option_gets_a_sentence) {
  const outcome wrong = run(viewer + "--colour");
  EXPECT_EQ(wrong.code, 1);
  EXPECT_EQ(wrong.output,
            "asioscope-viewer: there is no option '--colour'; --help lists the options\n");
}

TEST(program, without_a_display_it_says_what_works_without) {
  const outcome blind = run(viewer);
  EXPECT_EQ(blind.code, 1);
  EXPECT_THAT(blind.output, HasSubstr("there is no display"));
  EXPECT_THAT(blind.output, HasSubstr("--dump-model works without one"));
}

TEST(program, without_a_program_it_says_how_to_get_one) {
  const meeting_place place;
  const outcome listed = run(viewer + "--list");
  EXPECT_EQ(listed.code, 1);
  EXPECT_THAT(listed.output, HasSubstr("no program found"));
  const outcome dumped = run(viewer + "--dump-model - --after 0");
  EXPECT_EQ(dumped.code, 1);
  EXPECT_THAT(dumped.output, HasSubstr("./run demo starts one"));
  const outcome named = run(viewer + "nobody --dump-model - --after 0");
  EXPECT_EQ(named.code, 1);
  EXPECT_THAT(named.output, HasSubstr("there is no program nobody"));
}

TEST(program, another_version_is_told_at_once) {
  const meeting_place place;
  const synthetic_process program(place.socket("shop"), "version=1000");
  const outcome refused = run(viewer + "--dump-model - --after 60");
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.output, HasSubstr("speaks version 1000"));
}

TEST(program, lists_what_can_be_watched) {
  const meeting_place place;
  const synthetic_process program(place.socket("shop"), "");
  const outcome listed = run(viewer + "--list");
  EXPECT_EQ(listed.code, 0);
  EXPECT_EQ(listed.output,
            "shop\t" + std::to_string(::getpid()) + "\t" + place.socket("shop") + "\n");
}

TEST(program, the_dump_has_exactly_the_numbers_that_were_sent) {
  const meeting_place place;
  synthetic_process program(place.socket("shop"), "warm=500 steps=450 speed=400 pid=77");
  const outcome dumped = run(viewer + "shop --dump-model " + place.file("a.json") + " --after 4");
  ASSERT_EQ(dumped.code, 0) << dumped.output;
  const std::string sums = program.sums();
  ASSERT_THAT(sums, StartsWith("handlers "));
  // Once by frames, once by a snapshot alone.
  ASSERT_EQ(run(viewer + "--dump-model " + place.file("b.json") + " --after 0").code, 0);
  for (const char* name : {"a.json", "b.json"}) {
    const std::string json = content(place.file(name));
    for (const char* key : {"handlers", "tasks_finished", "tasks_live", "stalls"}) {
      EXPECT_EQ(total(json, key), said(sums, key)) << key << " in " << name;
    }
    EXPECT_THAT(json, HasSubstr("\"pid\": 77"));
  }
  EXPECT_EQ(run("python3 -m json.tool " + place.file("a.json") + " /dev/null").code, 0);
}

TEST(program, a_file_that_cannot_be_written_is_told) {
  const meeting_place place;
  const synthetic_process program(place.socket("shop"), "");
  const outcome failed = run(viewer + "--dump-model /nowhere/a.json --after 0");
  EXPECT_EQ(failed.code, 1);
  EXPECT_THAT(failed.output, HasSubstr("cannot write /nowhere/a.json"));
}

TEST(program, records_and_shows_the_recording) {
  const meeting_place place;
  const std::string file = place.file("shop.asioscope");
  {
    synthetic_process program(place.socket("shop"), "warm=100 steps=40 speed=10 trace=1");
    const outcome recorded = run(viewer + "--record " + file + " --after 2");
    EXPECT_EQ(recorded.code, 0) << recorded.output;
    EXPECT_THAT(recorded.output, HasSubstr("wrote " + file + ", "));
    const std::string sums = program.sums();
    const outcome shown = run(viewer + file + " --dump-model - --after 0");
    EXPECT_EQ(shown.code, 0) << shown.output;
    EXPECT_EQ(total(shown.output, "handlers"), said(sums, "handlers"));
    EXPECT_EQ(total(shown.output, "stalls"), said(sums, "stalls"));
    EXPECT_THAT(shown.output, HasSubstr("\"outermost\": "));
    const outcome again = run(viewer + "--record " + file + " --after 1");
    EXPECT_EQ(again.code, 1) << "what is there is not overwritten";
    EXPECT_THAT(again.output, HasSubstr("File exists"));
  }
  const std::string nothing = place.file("nothing.asioscope");
  const outcome none = run(viewer + "--record " + nothing + " --after 1");
  EXPECT_EQ(none.code, 1);
  EXPECT_THAT(none.output, HasSubstr("the newest program"));
  EXPECT_FALSE(std::filesystem::exists(nothing));
  std::ofstream(nothing) << "no recording";
  const outcome wrong = run(viewer + nothing + " --dump-model - --after 0");
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.output, HasSubstr("cannot understand " + nothing));
}

}  // namespace
}  // namespace asioscope::viewer
