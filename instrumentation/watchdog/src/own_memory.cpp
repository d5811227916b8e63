// SPDX-License-Identifier: BSL-1.0
#include "asioscope/watchdog/own_memory.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace asioscope::watchdog {

own_memory::own_memory() noexcept : file_(open("/proc/self/mem", O_RDONLY | O_CLOEXEC)) {}

own_memory::~own_memory() {
  if (file_ >= 0) close(file_);
}

std::size_t own_memory::read(std::uint64_t address, void* to, std::size_t size) const noexcept {
  const auto copied = pread(file_, to, size, static_cast<off_t>(address));
  return copied > 0 ? static_cast<std::size_t>(copied) : 0;
}

}  // namespace asioscope::watchdog
