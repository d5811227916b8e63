// SPDX-License-Identifier: BSL-1.0
#include "sleeping_stack.hpp"

#include "thread_activity.hpp"

#include "asioscope/watchdog/own_memory.hpp"

#include <cstddef>

namespace asioscope::watchdog {
namespace {

constexpr std::size_t most_words = 16 * 1024;

/// The stack from `begin` upwards, as far as there is one.
std::vector<std::uint64_t> copy_words(std::uintptr_t begin) {
  std::vector<std::uint64_t> words(most_words);
  const auto copied = own_memory().read(begin, words.data(), most_words * sizeof(std::uint64_t));
  words.resize(copied / sizeof(std::uint64_t));
  return words;
}

}  // namespace

std::optional<frozen_stack> copy_sleeping_stack(pid_t thread) {
  const auto before = read_thread(thread);
  if (before.doing.kind != activity::system_call || before.doing.stack_pointer == 0 ||
      !before.sleeps) {
    return std::nullopt;
  }
  frozen_stack copy;
  copy.program_counter = before.doing.program_counter;
  copy.stack_pointer = before.doing.stack_pointer;
  copy.words = copy_words(copy.stack_pointer);
  // Had it woken up meanwhile, it would be elsewhere, or would have gone to sleep once more.
  const auto after = read_thread(thread);
  if (after.doing != before.doing || after.sleeps != before.sleeps || copy.words.empty())
    return std::nullopt;
  return copy;
}

}  // namespace asioscope::watchdog
