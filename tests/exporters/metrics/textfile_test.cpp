// SPDX-License-Identifier: BSL-1.0
#include "asioscope/metrics/textfile.hpp"

#include "sample_snapshot.hpp"
#include "server_process.hpp"

#include "asioscope/net/listener.hpp"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

namespace asioscope::metrics {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::sample_snapshot;
using testing::scratch_folder;
using ::testing::StartsWith;
using ::testing::ThrowsMessage;

std::string contents(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::ptrdiff_t files_in(const std::filesystem::path& folder) {
  return std::distance(std::filesystem::directory_iterator(folder), {});
}

TEST(textfile_test, has_all_families_but_those_of_the_process) {
  const scratch_folder folder;
  textfile tested(folder / "shop.prom", {.source = sample_snapshot});
  tested.write();
  const std::string text = contents(folder / "shop.prom");
  EXPECT_THAT(
      text,
      AllOf(StartsWith("# HELP asio_loop_busy_seconds_total "),
            HasSubstr("\nasio_handlers_total{program=\"shop\",loop=\"main\",site=\"on_read\"} "
                      "10\n"),
            HasSubstr("\nasioscope_scrapes_total{program=\"shop\"} 1\n"),
            HasSubstr("\nasio_handler_duration_seconds_bucket{program=\"shop\",loop=\"main\","
                      "le=\"+Inf\"} 15\n"),
            Not(HasSubstr("process_"))));
  for (const family_info& each : all_families()) {
    if (each.name.starts_with("process_")) continue;
    EXPECT_THAT(text, HasSubstr("# TYPE " + std::string(each.name) + ' '));
  }
  tested.write();
  EXPECT_THAT(contents(folder / "shop.prom"), HasSubstr("_scrapes_total{program=\"shop\"} 2\n"));
}

TEST(textfile_test, no_family_has_the_label_that_is_added) {
  for (const family_info& each : all_families())
    EXPECT_EQ(std::ranges::count(each.labels, "program"), 0) << each.name;
}

TEST(textfile_test, everybody_may_read_it) {
  const scratch_folder folder;
  const mode_t before = ::umask(0077);
  textfile(folder / "shop.prom", {.source = sample_snapshot}).write();
  ::umask(before);
  EXPECT_EQ(std::filesystem::status(folder / "shop.prom").permissions(),
            static_cast<std::filesystem::perms>(0644));
}

TEST(textfile_test, a_reader_never_sees_a_part_of_it) {
  const scratch_folder folder;
  const std::filesystem::path path = folder / "shop.prom";
  // Small and large in turn.
  bool large = false;
  textfile tested(path, {.source = [&] {
                    schema::snapshot from = sample_snapshot();
                    if (large) {
                      for (std::uint32_t id = 10; id < 60; ++id) {
                        from.loops.push_back({.id = id, .name = "loop " + std::to_string(id)});
                        from.loop_stats.push_back({.loop = id});
                      }
                    }
                    large = !large;
                    return from;
                  }});
  const auto lines = [](const std::string& text) { return std::ranges::count(text, '\n'); };
  std::set<std::ptrdiff_t> whole;
  for (int i = 0; i < 2; ++i) {
    tested.write();
    whole.insert(lines(contents(path)));
  }
  ASSERT_EQ(whole.size(), 2U);

  std::atomic<int> written = 0;
  std::atomic<bool> enough = false;
  std::thread writer([&] {
    while (!enough) {
      tested.write();
      ++written;
    }
  });
  std::set<std::ptrdiff_t> seen;
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  for (int reads = 0;
       (reads < 300 || written < 20 || seen.size() < 2) && std::chrono::steady_clock::now() < limit;
       ++reads)
    seen.insert(lines(contents(path)));
  enough = true;
  writer.join();
  EXPECT_EQ(seen, whole);
  EXPECT_EQ(files_in(path.parent_path()), 1);
}

TEST(textfile_test, a_folder_that_is_missing) {
  const scratch_folder folder;
  textfile tested(folder / "none" / "shop.prom", {.source = sample_snapshot});
  try {
    tested.write();
    FAIL();
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::no_such_file_or_directory);
    EXPECT_THAT(error.what(), AllOf(HasSubstr((folder / "none" / "shop.prom").native()),
                                    HasSubstr("No such file or directory")));
  }
}

TEST(textfile_test, no_space) {
  const scratch_folder folder;
  textfile tested(folder / "shop.prom", {.source = sample_snapshot});
  tested.write();
  const std::string before = contents(folder / "shop.prom");

  rlimit unlimited{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &unlimited), 0);
  const rlimit little{1000, unlimited.rlim_max};
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &little), 0);
  std::string said;
  try {
    tested.write();
  } catch (const std::system_error& error) {
    said = error.what();
  }
  ::setrlimit(RLIMIT_FSIZE, &unlimited);
  ::signal(SIGXFSZ, handler);
  EXPECT_EQ(said, "'" + (folder / "shop.prom").native() + "' cannot be written: File too large");
  EXPECT_EQ(contents(folder / "shop.prom"), before);
  EXPECT_EQ(files_in((folder / "shop.prom").parent_path()), 1);
}

TEST(textfile_test, what_cannot_be_replaced) {
  const scratch_folder folder;
  std::filesystem::create_directories(folder / "shop.prom" / "full");
  textfile tested(folder / "shop.prom", {.source = sample_snapshot});
  EXPECT_THAT([&] { tested.write(); },
              ThrowsMessage<std::system_error>(HasSubstr("cannot be replaced")));
  EXPECT_EQ(files_in((folder / "shop.prom").parent_path()), 1);
}

TEST(textfile_test, a_name_that_node_exporter_would_not_read) {
  for (const char* name : {"shop", "shop.txt", "shop.prom.old", ".prom", ""})
    EXPECT_THAT([&] { textfile{name}; },
                ThrowsMessage<std::invalid_argument>(HasSubstr("does not end in .prom")))
        << name;
}

TEST(textfile_test, node_exporter_reads_those_of_two_programs) {
  const scratch_folder folder;
  const scratch_folder logs;
  textfile(folder / "shop.prom", {.source = sample_snapshot}).write();
  textfile(folder / "night \"job\".prom", {.source = sample_snapshot}).write();
  std::ofstream(folder / "left.prom.XyZ123") << "rubbish";  // by a program that was killed

  const std::uint16_t port = net::listener::tcp({"127.0.0.1", 0}).port();
  const testing::server_process real(
      "prometheus-node-exporter",
      {"--web.listen-address=127.0.0.1:" + std::to_string(port), "--collector.disable-defaults",
       "--collector.textfile",
       "--collector.textfile.directory=" + (folder / "shop.prom").parent_path().native()},
      logs / "log");
  const std::string answer =
      testing::ask_until([&] { return testing::http_get(port, "/metrics"); },
                         [](const std::string& said) { return !said.empty(); });
  EXPECT_THAT(
      answer,
      AllOf(
          HasSubstr(" 200 OK\r\n"), HasSubstr("\nnode_textfile_scrape_error 0\n"),
          HasSubstr("\nasio_handlers_total{loop=\"main\",program=\"shop\",site=\"on_read\"} 10\n"),
          HasSubstr("\nasio_handlers_total{loop=\"main\",program=\"night "
                    "\\\"job\\\"\",site=\"on_read\"} 10\n"),
          HasSubstr("asio_handler_duration_seconds_bucket{loop=\"main\",program=\"shop\",le=\"+"
                    "Inf\"} 15\n")));
  EXPECT_EQ(real.log().find("level=error"), std::string::npos) << real.log();
}

}  // namespace
}  // namespace asioscope::metrics
