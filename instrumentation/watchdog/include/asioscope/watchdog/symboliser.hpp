// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/snapshot.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace asioscope::watchdog {

struct frozen_stack;

/// Turns code addresses of this process into functions, files and lines. Reads the program's own
/// files only: it never asks a debuginfod server.
///
/// Thread safety: any thread; callers wait for each other. Slow (milliseconds, 100 ms the first
/// time): never call it on a loop thread.
class symboliser {
 public:
  symboliser();
  ~symboliser();
  symboliser(const symboliser&) = delete;
  symboliser& operator=(const symboliser&) = delete;

  /// A stack as `backtrace` gives it: `addresses[0]` is where the thread stands, the others are
  /// return addresses. Inlined functions become frames of their own. What lies below the loop's
  /// `run` is cut off.
  [[nodiscard]] std::vector<schema::stack_frame> frames(std::span<const std::uintptr_t> addresses);

  /// The same from symbol tables alone: at once, but without inlined functions, files and lines.
  [[nodiscard]] std::vector<schema::stack_frame> quick_frames(
      std::span<const std::uintptr_t> addresses);

  /// The addresses of a stack that was copied, innermost first, as far as it can be walked.
  [[nodiscard]] std::vector<std::uintptr_t> walk(const frozen_stack& stack);

  /// Reads the program's tables now, so that the first stack does not wait for that.
  void warm_up();

  /// The demangled name of the function that begins at `code` or contains it; empty when unknown.
  [[nodiscard]] std::string function_at(const void* code);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// The process's symboliser, made at its first use and never destroyed.
[[nodiscard]] symboliser& program_symboliser();

/// The innermost function of the user, empty when unknown.
[[nodiscard]] std::string culprit_of(std::span<const schema::stack_frame> stack);

}  // namespace asioscope::watchdog
