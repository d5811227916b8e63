// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <elfutils/libdwfl.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace asioscope::watchdog {

/// Where a thread stands, and a copy of the inner part of its stack.
struct frozen_stack {
  std::uintptr_t program_counter = 0;
  std::uintptr_t stack_pointer = 0;
  std::vector<std::uint64_t> words;  ///< from the stack pointer upwards

  /// The word at an address, if it was copied.
  [[nodiscard]] std::optional<std::uint64_t> at(std::uint64_t address) const {
    if (address < stack_pointer || (address - stack_pointer) % sizeof(std::uint64_t) != 0)
      return std::nullopt;
    const auto index = (address - stack_pointer) / sizeof(std::uint64_t);
    return index < words.size() ? std::optional(words[index]) : std::nullopt;
  }
};

/// The addresses of a stack, innermost first, as far as the unwind tables of the program lead. Only
/// two registers are known: what the outer frames need is found on the stack, or the walk ends.
/// x86-64 only; empty elsewhere.
[[nodiscard]] std::vector<std::uintptr_t> walk_stack(Dwfl* modules, const frozen_stack& stack);

}  // namespace asioscope::watchdog
