// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/call_stack.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <sstream>

#if __has_include(<execinfo.h>)
#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>
#define ASIOSCOPE_CORE_HAS_BACKTRACE
#endif

namespace asioscope::core {

#ifdef ASIOSCOPE_CORE_HAS_BACKTRACE

namespace {

std::string readable(const char* symbol) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(symbol, nullptr, nullptr, &status), std::free);
  return status == 0 ? name.get() : symbol;
}

std::string line_of(const void* frame) {
  std::ostringstream out;
  Dl_info found{};
  // The call is before the address to which it returns.
  const char* const call = static_cast<const char*>(frame) - 1;
  if (dladdr(call, &found) == 0 || found.dli_fname == nullptr) {
    out << frame;
  } else if (found.dli_sname != nullptr) {
    out << readable(found.dli_sname) << "+0x" << std::hex
        << call - static_cast<const char*>(found.dli_saddr) << " (" << found.dli_fname << ')';
  } else {
    out << found.dli_fname << "+0x" << std::hex << call - static_cast<const char*>(found.dli_fbase);
  }
  return std::move(out).str();
}

}  // namespace

[[gnu::noinline]] call_stack call_stack::here(std::size_t skipped) {
  std::array<void*, 64> frames{};
  const int count = backtrace(frames.data(), static_cast<int>(frames.size()));
  call_stack result;
  // Without this function.
  const std::size_t first = skipped + 1;
  if (count > 0 && static_cast<std::size_t>(count) > first)
    result.frames_.assign(frames.begin() + static_cast<std::ptrdiff_t>(first),
                          frames.begin() + count);
  return result;
}

std::vector<std::string> call_stack::lines() const {
  std::vector<std::string> result;
  result.reserve(frames_.size());
  for (const void* const each : frames_)
    result.push_back(line_of(each));
  return result;
}

#else

call_stack call_stack::here(std::size_t) { return {}; }

std::vector<std::string> call_stack::lines() const { return {}; }

#endif

}  // namespace asioscope::core
