// SPDX-License-Identifier: BSL-1.0
#include "process_figures.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <ctime>
#include <future>
#include <thread>

namespace asioscope::metrics {
namespace {

TEST(process_figures_test, all_are_known_and_plausible) {
  const process_figures figures = read_process_figures();
  EXPECT_GT(figures.cpu_seconds.value(), 0);
  EXPECT_LT(figures.cpu_seconds.value(), 3600);
  EXPECT_GT(figures.max_fds.value(), 16);
  EXPECT_GT(figures.resident_memory_bytes.value(), 500'000);
  EXPECT_GT(figures.virtual_memory_bytes.value(), figures.resident_memory_bytes.value());
  EXPECT_GE(figures.threads.value(), 1);
  const auto now = static_cast<double>(std::time(nullptr));
  EXPECT_LE(figures.start_time_seconds.value(), now + 2);
  EXPECT_GT(figures.start_time_seconds.value(), now - 3600);
}

TEST(process_figures_test, open_fds_counts_exactly_those_of_the_program) {
  const double before = read_process_figures().open_fds.value();
  const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(read_process_figures().open_fds.value(), before + 1);
  ::close(fd);
  EXPECT_EQ(read_process_figures().open_fds.value(), before);
}

TEST(process_figures_test, threads_are_counted) {
  const double before = read_process_figures().threads.value();
  std::promise<void> end;
  std::promise<void> begun;
  std::thread other([&] {
    begun.set_value();
    end.get_future().wait();
  });
  begun.get_future().wait();
  EXPECT_EQ(read_process_figures().threads.value(), before + 1);
  end.set_value();
  other.join();
}

TEST(process_figures_test, a_limit_of_memory_is_told_where_there_is_one) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_AS, &before), 0);
  if (before.rlim_cur == RLIM_INFINITY) {
    EXPECT_FALSE(read_process_figures().virtual_memory_max_bytes);
  }
  constexpr rlim_t limit = rlim_t{1} << 46;  // beyond what sanitizers map
  const rlimit lower{limit, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &lower), 0);
  EXPECT_EQ(read_process_figures().virtual_memory_max_bytes, static_cast<double>(limit));
  ::setrlimit(RLIMIT_AS, &before);
}

TEST(process_figures_test, touched_memory_is_resident) {
  constexpr std::size_t size = 64 * 1024 * 1024;
  const double before = read_process_figures().resident_memory_bytes.value();
  void* const block =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(block, MAP_FAILED);
  std::memset(block, 1, size);
  EXPECT_GT(read_process_figures().resident_memory_bytes.value(), before + size / 2);
  ::munmap(block, size);
}

}  // namespace
}  // namespace asioscope::metrics
