// SPDX-License-Identifier: BSL-1.0
#include "stack_walk.hpp"

#include "sleeping_stack.hpp"

#include "asioscope/watchdog/own_memory.hpp"
#include "asioscope/watchdog/symboliser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace shop {

std::mutex stock;

[[gnu::noinline]] void read_catalogue(int pipe) {
  char byte = 0;
  static_cast<void>(!read(pipe, &byte, 1));
  asm volatile("");
}

[[gnu::noinline]] void take_from_stock(int) {
  const std::lock_guard wait(stock);
  asm volatile("");
}

[[gnu::noinline]] void wait_for_delivery(int) {
  std::this_thread::sleep_for(std::chrono::seconds(1));
  asm volatile("");
}

/// A frame pointer of its own, and a frame whose size nobody knows beforehand.
[[gnu::noinline]] void pack(int pipe, std::size_t size) {
  volatile char* const box = static_cast<char*>(__builtin_alloca(size));
  box[0] = 1;
  read_catalogue(pipe);
  box[size - 1] = 1;
}

[[gnu::noinline]] void pack_big(int pipe) {
  pack(pipe, static_cast<std::size_t>(getpid() % 2 + 3'000));
  asm volatile("");
}

[[gnu::noinline]] void nest(int pipe, int depth) {
  if (depth == 0)
    read_catalogue(pipe);
  else
    nest(pipe, depth - 1);
  asm volatile("");
}

[[gnu::noinline]] void nest_deeply(int pipe) { nest(pipe, 10'000); }

}  // namespace shop

namespace {

using namespace asioscope;
using namespace std::chrono_literals;

/// The user's functions on the stack of a thread that runs `body` and waits in it, innermost first.
std::vector<std::string> functions_in(void (*body)(int)) {
  int pipe_ends[2];
  EXPECT_EQ(pipe(pipe_ends), 0);
  std::atomic<pid_t> id{0};
  std::unique_lock lock(shop::stock);
  std::thread thread([&] {
    id = static_cast<pid_t>(syscall(SYS_gettid));
    body(pipe_ends[0]);
  });
  while (id == 0)
    std::this_thread::yield();
  std::this_thread::sleep_for(50ms);
  std::vector<std::string> functions;
  for (int i = 0; i < 100 && functions.empty(); ++i) {
    std::this_thread::sleep_for(5ms);
    const auto copy = watchdog::copy_sleeping_stack(id);
    if (!copy) continue;
    const auto addresses = watchdog::program_symboliser().walk(*copy);
    for (const auto& frame : watchdog::program_symboliser().frames(addresses)) {
      if (!frame.internal && frame.function.starts_with("shop::"))
        functions.push_back(frame.function);
    }
  }
  lock.unlock();
  static_cast<void>(!write(pipe_ends[1], "", 1));
  thread.join();
  close(pipe_ends[0]);
  close(pipe_ends[1]);
  return functions;
}

TEST(walk_stack, finds_who_waits) {
  EXPECT_EQ(functions_in(shop::read_catalogue), std::vector<std::string>{"shop::read_catalogue"});
  EXPECT_EQ(functions_in(shop::take_from_stock), std::vector<std::string>{"shop::take_from_stock"});
  EXPECT_EQ(functions_in(shop::wait_for_delivery),
            std::vector<std::string>{"shop::wait_for_delivery"});
}

TEST(walk_stack, finds_the_callers_of_a_function_with_a_frame_pointer) {
  EXPECT_EQ(functions_in(shop::pack_big),
            (std::vector<std::string>{"shop::read_catalogue", "shop::pack", "shop::pack_big"}));
}

TEST(walk_stack, is_bounded) {
  const auto functions = functions_in(shop::nest_deeply);
  EXPECT_GE(functions.size(), 50U);
  EXPECT_LE(functions.size(), 96U);
  EXPECT_EQ(functions[0], "shop::read_catalogue");
  EXPECT_EQ(functions[1], "shop::nest");
}

TEST(walk_stack, leads_nowhere_from_nowhere) {
  watchdog::frozen_stack stack;
  stack.program_counter = 1;
  stack.stack_pointer = 8;
  EXPECT_LE(watchdog::program_symboliser().walk(stack).size(), 1U);
  // A place in the program, and a stack that makes no sense.
  stack.program_counter = reinterpret_cast<std::uintptr_t>(&shop::read_catalogue) + 8;
  for (const std::uint64_t garbage :
       {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0},
        static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(&shop::pack)),
        static_cast<std::uint64_t>(stack.program_counter)}) {
    stack.words.assign(1'000, garbage);
    EXPECT_LE(watchdog::program_symboliser().walk(stack).size(), 96U);
  }
}

TEST(own_memory, reads_what_is_there_and_no_more) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  auto* const two = static_cast<char*>(
      mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(two, MAP_FAILED);
  two[page - 1] = 'x';
  munmap(two + page, page);
  std::vector<char> copy(2 * page);
  const auto address = reinterpret_cast<std::uintptr_t>(two);
  EXPECT_EQ(watchdog::own_memory().read(address, copy.data(), copy.size()), page);
  EXPECT_EQ(copy[page - 1], 'x');
  EXPECT_EQ(watchdog::own_memory().read(address + page, copy.data(), 1), 0U);
  EXPECT_EQ(watchdog::own_memory().read(0, copy.data(), 8), 0U);
  EXPECT_EQ(watchdog::own_memory().read(~std::uint64_t{0} - 7, copy.data(), 8), 0U);
  munmap(two, page);
}

TEST(copy_sleeping_stack, refuses_a_thread_that_does_not_sleep) {
  EXPECT_FALSE(watchdog::copy_sleeping_stack(1));  // not one of ours
  std::atomic<pid_t> id{0};
  std::atomic<bool> stop{false};
  std::thread busy([&] {
    id = static_cast<pid_t>(syscall(SYS_gettid));
    while (!stop) {
    }
  });
  while (id == 0)
    std::this_thread::yield();
  for (int i = 0; i < 100; ++i)
    EXPECT_FALSE(watchdog::copy_sleeping_stack(id));
  stop = true;
  busy.join();
}

TEST(copy_sleeping_stack, can_be_walked_whenever_it_was_taken) {
  std::atomic<pid_t> id{0};
  std::atomic<bool> stop{false};
  std::thread restless([&] {
    id = static_cast<pid_t>(syscall(SYS_gettid));
    while (!stop)
      std::this_thread::sleep_for(50us);
  });
  while (id == 0)
    std::this_thread::yield();
  int taken = 0;
  for (int i = 0; i < 2'000; ++i) {
    const auto copy = watchdog::copy_sleeping_stack(id);
    if (!copy) continue;
    ++taken;
    EXPECT_FALSE(copy->words.empty());
    EXPECT_GT(watchdog::program_symboliser().walk(*copy).size(), 2U);
  }
  stop = true;
  restless.join();
  RecordProperty("taken", taken);
}

}  // namespace
