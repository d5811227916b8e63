// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace asioscope::watchdog {

/// Copies memory of this process that may not be there.
///
/// By way of /proc/self/mem: a program's seccomp filter may kill for process_vm_readv. Not to be
/// kept: in a forked child it would read the parent's memory.
class own_memory {
 public:
  own_memory() noexcept;
  ~own_memory();
  own_memory(const own_memory&) = delete;
  own_memory& operator=(const own_memory&) = delete;

  /// Returns how many bytes were there, from the first on; 0 also where the kernel does not allow
  /// it.
  [[nodiscard]] std::size_t read(std::uint64_t address, void* to, std::size_t size) const noexcept;

 private:
  int file_;
};

}  // namespace asioscope::watchdog
