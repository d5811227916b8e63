// SPDX-License-Identifier: BSL-1.0
#include "sqlite_test.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdio>
#include <set>
#include <string>

namespace asioscope::sqlite::tests {

namespace {

/// A child that is killed in the middle; returns what it said was committed.
std::set<int> write_until_killed(const std::string& path, std::size_t lines) {
  int ends[2];
  if (::pipe(ends) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    ::execl(SQLITE_WRITER, SQLITE_WRITER, path.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  std::FILE* const said = ::fdopen(ends[0], "r");
  std::set<int> committed;
  int id = 0;
  while (std::fscanf(said, "%d", &id) == 1) {
    committed.insert(id);
    if (committed.size() == lines) ::kill(child, SIGKILL);
  }
  std::fclose(said);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  return committed;
}

ASYNC_TEST_F(sqlite_test, a_kill_in_the_middle_loses_nothing_that_was_committed) {
  connection db = co_await open();
  co_await db.async_execute("CREATE TABLE rows (id INTEGER, part INTEGER)", use_awaitable);
  for (const std::size_t lines : {3U, 50U, 101U}) {
    co_await db.async_execute("DELETE FROM rows", use_awaitable);
    const std::set<int> committed = write_until_killed(file().path, lines);
    EXPECT_GE(committed.size(), lines);
    std::set<int> found;
    const rows all =
        co_await db.async_query("SELECT id, count(*) FROM rows GROUP BY id", use_awaitable);
    for (const row& each : all) {
      found.insert(each.get<int>(0));
      EXPECT_EQ(each.get<int>(1), 2) << "a transaction is all or nothing";
    }
    for (const int id : committed)
      EXPECT_TRUE(found.contains(id)) << id;
    EXPECT_EQ(co_await only<std::string>(db, "PRAGMA integrity_check"), "ok");
  }
}

}  // namespace

}  // namespace asioscope::sqlite::tests
